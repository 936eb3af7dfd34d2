import { ProblemFragment } from '@/graphql/problem';
import { graphql } from '@/graphql/tada';

export const WebhookFragment = graphql(`
  fragment WebhookItem on Webhook @_unmask {
    id
    name
    path
    createdAt
    createdBy {
      id
      name
    }
    rotatedAt
    revokedAt
    lastUsedAt
  }
`);

export const WebhooksQuery = graphql(
  `
    query Webhooks($first: Int!, $after: String) {
      webhooks(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          ...WebhookItem
        }
      }
    }
  `,
  [WebhookFragment],
);

export const CreateWebhook = graphql(
  `
    mutation CreateWebhook($name: String!) {
      change: createWebhook(name: $name) {
        secret
        webhook {
          ...WebhookItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [WebhookFragment, ProblemFragment],
);

export const RotateWebhook = graphql(
  `
    mutation RotateWebhook($id: ID!) {
      change: rotateWebhook(id: $id) {
        secret
        webhook {
          ...WebhookItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [WebhookFragment, ProblemFragment],
);

export const RevokeWebhook = graphql(
  `
    mutation RevokeWebhook($id: ID!) {
      change: revokeWebhook(id: $id) {
        webhook {
          ...WebhookItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [WebhookFragment, ProblemFragment],
);
