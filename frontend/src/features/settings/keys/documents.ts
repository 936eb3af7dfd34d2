import { ProblemFragment } from '@/graphql/problem';
import { graphql } from '@/graphql/tada';

export const ServiceKeyFragment = graphql(`
  fragment ServiceKeyItem on ServiceKey @_unmask {
    id
    name
    prefix
    scopes
    createdAt
    createdBy {
      id
      name
    }
    expiresAt
    revokedAt
    lastUsedAt
  }
`);

export const ServiceKeysQuery = graphql(
  `
    query ServiceKeys($first: Int!, $after: String) {
      serviceKeys(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          ...ServiceKeyItem
        }
      }
    }
  `,
  [ServiceKeyFragment],
);

export const CreateServiceKey = graphql(
  `
    mutation CreateServiceKey($input: CreateServiceKeyInput!) {
      change: createServiceKey(input: $input) {
        key
        serviceKey {
          ...ServiceKeyItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [ServiceKeyFragment, ProblemFragment],
);

export const RevokeServiceKey = graphql(
  `
    mutation RevokeServiceKey($id: ID!) {
      change: revokeServiceKey(id: $id) {
        serviceKey {
          ...ServiceKeyItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [ServiceKeyFragment, ProblemFragment],
);
