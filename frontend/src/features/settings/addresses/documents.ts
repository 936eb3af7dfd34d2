import { ProblemFragment } from '@/graphql/problem';
import { graphql } from '@/graphql/tada';

export const AlertWebhookFragment = graphql(`
  fragment AlertWebhookItem on AlertWebhook @_unmask {
    id
    name
    url
    createdAt
    createdBy {
      id
      name
    }
    rotatedAt
    removedAt
    toldAt
    failingSince
  }
`);

export const AlertWebhooksQuery = graphql(
  `
    query AlertWebhooks($first: Int!, $after: String) {
      alertWebhooks(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          ...AlertWebhookItem
        }
      }
    }
  `,
  [AlertWebhookFragment],
);

export const AlertDeliveriesQuery = graphql(`
  query AlertDeliveries($id: ID!, $first: Int!, $after: String) {
    alertDeliveries(id: $id, first: $first, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      items {
        id
        event
        createdAt
        attempts
        status
        problem
        deliveredAt
        givenUp
        nextAttemptAt
      }
    }
  }
`);

export const CreateAlertWebhook = graphql(
  `
    mutation CreateAlertWebhook($name: String!, $url: String!) {
      change: createAlertWebhook(name: $name, url: $url) {
        secret
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [ProblemFragment],
);

export const RotateAlertWebhook = graphql(
  `
    mutation RotateAlertWebhook($id: ID!) {
      change: rotateAlertWebhook(id: $id) {
        secret
        alertWebhook {
          ...AlertWebhookItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [AlertWebhookFragment, ProblemFragment],
);

export const RemoveAlertWebhook = graphql(
  `
    mutation RemoveAlertWebhook($id: ID!) {
      change: removeAlertWebhook(id: $id) {
        alertWebhook {
          ...AlertWebhookItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [AlertWebhookFragment, ProblemFragment],
);

export const TestAlertWebhook = graphql(
  `
    mutation TestAlertWebhook($id: ID!) {
      change: testAlertWebhook(id: $id) {
        delivery {
          id
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [ProblemFragment],
);
