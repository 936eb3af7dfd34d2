import { graphql } from './tada';

/** Names for filters' lists of choices. */
export const PayerChoicesQuery = graphql(`
  query PayerChoices {
    payers(orderBy: NAME, first: 100) {
      items {
        id
        name
      }
    }
  }
`);

export const ServiceGroupChoicesQuery = graphql(`
  query ServiceGroupChoices {
    serviceGroups {
      id
      name
    }
  }
`);
