#!/bin/sh
# Denied claims and denial rates, asked for with curl and jq: signing in, paging, figures, errors.
# UPSTREAM_URL, UPSTREAM_EMAIL and UPSTREAM_PASSWORD say where and as whom; somebody who may write queries.
set -eu

ACCESS=$(jq -n --arg email "$UPSTREAM_EMAIL" --arg password "$UPSTREAM_PASSWORD" '{email: $email, password: $password}' |
    curl -sS "$UPSTREAM_URL/api/v1/auth/token/" -H 'Content-Type: application/json' -d @- |
    jq -r '.access // ("\(.code): \(.message)\n" | halt_error(1))')

# ask QUERY VARIABLES: the answer. With this Accept, curl -f would fail of a request that was never carried out.
ask() {
    jq -n --arg query "$1" --argjson variables "$2" '{query: $query, variables: $variables}' |
        curl -sS "$UPSTREAM_URL/graphql/" -H "Authorization: Bearer $ACCESS" -H 'Content-Type: application/json' \
            -H 'Accept: application/graphql-response+json' -d @-
}

DENIED='query Denied($after: String) {
  claims(filter: { outcome: [DENIED] }, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    items { controlNumber billedAmount }
  }
}'
count=0
after=null
while :; do
    page=$(ask "$DENIED" "{\"after\": $after}" | jq 'if .data.claims then . else .errors[0].message + "\n" | halt_error(1) end')
    count=$((count + $(printf '%s' "$page" | jq '.data.claims.items | length')))
    [ "$(printf '%s' "$page" | jq '.data.claims.pageInfo.hasNextPage')" = true ] || break
    after=$(printf '%s' "$page" | jq '.data.claims.pageInfo.endCursor')
done
echo "$count denied claims"

ask '{ metrics(groupBy: [PAYER], orderBy: { measure: DENIAL_RATE }) {
  items { payer { label } values { denialRate { value } } } } }' '{}' |
    jq -r '.data.metrics.items[] | "\(.payer.label): \(.values.denialRate.value // "nothing decided")"'

ask '{ claims(first: 1) { items { controlNumber patient(reason: QUALITY) { name } } } }' '{}' |
    jq -r '"patients: \(.errors[0].extensions.code // "seen")"'
ask '{ claims { nothing } }' '{}' | jq -r '"a field that is not there: \(.errors[0].message)"'
