"""Denied claims and denial rates, asked for from Python: signing in, paging, figures, errors.

UPSTREAM_URL, UPSTREAM_EMAIL and UPSTREAM_PASSWORD say where and as whom; somebody who may write queries.
"""

import os
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport

CLAIMS = gql("""
    query Denied($after: String) {
      claims(filter: { outcome: [DENIED] }, first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        items { controlNumber payer { name } billedAmount }
      }
    }
""")
RATES = gql("""
    query Rates {
      metrics(groupBy: [PAYER], orderBy: { measure: DENIAL_RATE }) {
        items { payer { label } values { decided denialRate { value low high } } }
      }
    }
""")
PATIENTS = gql("""
    { claims(first: 1) { items { controlNumber patient(reason: QUALITY) { name } } } }
""")


def signed_in(url: str, email: str, password: str) -> Client:
    """A client that asks as this person; raises `SystemExit` with the server's words where that is refused."""
    answer = requests.post(f"{url}/api/v1/auth/token/", json={"email": email, "password": password}, timeout=30)
    if answer.status_code != 200:
        sys.exit(f"{answer.json()['code']}: {answer.json()['message']}")
    headers = {"Authorization": f"Bearer {answer.json()['access']}", "X-Upstream-Client": "denied-claims"}
    return Client(transport=RequestsHTTPTransport(f"{url}/graphql/", headers=headers, timeout=60))


def ask(client: Client, query: Any, **variables: Any) -> dict[str, Any]:
    """The data of an answer; waits and asks once more where the minute's budget is used up."""
    query.variable_values = variables
    try:
        return client.execute(query)
    except TransportQueryError as error:
        (first, *_) = error.errors or [{}]
        if first.get("extensions", {}).get("code") != "RATE_LIMITED":
            raise
        time.sleep(first["extensions"]["retryAfterSeconds"])
        return client.execute(query)


def denied(client: Client) -> Iterator[dict[str, Any]]:
    """Every denied claim, page by page."""
    after = None
    while True:
        page = ask(client, CLAIMS, after=after)["claims"]
        yield from page["items"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def main() -> None:
    url = os.environ["UPSTREAM_URL"].rstrip("/")
    client = signed_in(url, os.environ["UPSTREAM_EMAIL"], os.environ["UPSTREAM_PASSWORD"])
    claims = list(denied(client))
    total = sum((Decimal(claim["billedAmount"]) for claim in claims), Decimal(0))
    print(f"{len(claims)} denied claims, {total} USD billed")
    for group in ask(client, RATES)["metrics"]["items"]:
        rate = group["values"]["denialRate"]
        told = f"{rate['value']:.3f} ({rate['low']:.3f} to {rate['high']:.3f})" if rate else "nothing decided"
        print(f"{group['payer']['label']}: {told}")
    try:
        ask(client, PATIENTS)
        print("patients: seen")
    except TransportQueryError as error:
        # What may be seen is in the answer all the same.
        code = error.errors[0]["extensions"]["code"]
        print(f"patients: {code}, {len(error.data['claims']['items'])} claim without them")


if __name__ == "__main__":
    main()
