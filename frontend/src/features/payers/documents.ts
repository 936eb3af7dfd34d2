import { graphql } from '@/graphql/tada';

export const PayerNamesFragment = graphql(`
  fragment PayerNames on Payer {
    id
    name
    aliases
  }
`);

export const PayerQuery = graphql(
  `
    query Payer($id: ID!, $alertFilter: AlertFilter, $seesAlerts: Boolean!) {
      payer(id: $id) {
        id
        name
        openAlerts
        summary {
          claims
          decided
          denied
          denialRate
          pending
          billedAmount
          paidAmount
          medianDaysToPayment
          weekly {
            week
            decided
            denied
            denialRate
          }
        }
        ...PayerNames
      }
      alerts(filter: $alertFilter, orderBy: NEWEST, first: 25) @include(if: $seesAlerts) {
        totalCount
        items {
          id
          headline
          state
          signal {
            id
            changeDate
            dollarsPerWeek
          }
        }
      }
    }
  `,
  [PayerNamesFragment],
);

export const RenamePayer = graphql(
  `
    mutation RenamePayer($id: ID!, $name: String!) {
      renamePayer(id: $id, name: $name) {
        payer {
          id
          ...PayerNames
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [PayerNamesFragment],
);

export const AddPayerAlias = graphql(
  `
    mutation AddPayerAlias($id: ID!, $alias: String!) {
      addPayerAlias(id: $id, alias: $alias) {
        payer {
          id
          ...PayerNames
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [PayerNamesFragment],
);

export const PayerSuggestionsQuery = graphql(`
  query PayerSuggestions {
    payerSuggestions {
      payer {
        id
        name
        summary {
          claims
        }
      }
      other {
        id
        name
        summary {
          claims
        }
      }
    }
  }
`);

export const KeepPayersApart = graphql(`
  mutation KeepPayersApart($payerId: ID!, $otherId: ID!) {
    keepPayersApart(payerId: $payerId, otherId: $otherId) {
      payer {
        id
      }
      errors {
        code
        field
        message
      }
    }
  }
`);
