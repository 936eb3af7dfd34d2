import { graphql } from '@/graphql/tada';

export const KnownEventFragment = graphql(`
  fragment KnownEventItem on KnownEvent @_unmask {
    id
    kind
    title
    note
    payer {
      id
      name
    }
    serviceGroup {
      id
      name
    }
    firstDay
    lastDay
  }
`);

export const KnownEventsQuery = graphql(
  `
    query KnownEvents($first: Int!, $after: String) {
      knownEvents(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          ...KnownEventItem
        }
      }
    }
  `,
  [KnownEventFragment],
);

export const CreateKnownEvent = graphql(
  `
    mutation CreateKnownEvent($input: KnownEventInput!) {
      change: createKnownEvent(input: $input) {
        event {
          ...KnownEventItem
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [KnownEventFragment],
);

export const UpdateKnownEvent = graphql(
  `
    mutation UpdateKnownEvent($id: ID!, $input: KnownEventInput!) {
      change: updateKnownEvent(id: $id, input: $input) {
        event {
          ...KnownEventItem
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [KnownEventFragment],
);

export const DeleteKnownEvent = graphql(
  `
    mutation DeleteKnownEvent($id: ID!) {
      change: deleteKnownEvent(id: $id) {
        event {
          ...KnownEventItem
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [KnownEventFragment],
);
