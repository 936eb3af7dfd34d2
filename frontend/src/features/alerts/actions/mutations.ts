import { graphql } from '@/graphql/tada';
import { AlertHandleFragment } from '../documents';

/** Every payload brings back what an action changes, so that lists and the alert's page follow from the cache. */
export const AlertChangeFragment = graphql(
  `
    fragment AlertChange on AlertPayload @_unmask {
      alert {
        ...AlertHandle
        acknowledgedAt
        resolvedAt
        updatedAt
        activity {
          id
          action
          at
          detail
          by {
            id
            name
          }
        }
      }
      errors {
        code
        field
        message
      }
    }
  `,
  [AlertHandleFragment],
);

export const AcknowledgeAlert = graphql(
  `
    mutation AcknowledgeAlert($id: ID!) {
      change: acknowledgeAlert(id: $id) {
        ...AlertChange
      }
    }
  `,
  [AlertChangeFragment],
);

export const SnoozeAlert = graphql(
  `
    mutation SnoozeAlert($id: ID!, $until: Date!) {
      change: snoozeAlert(id: $id, until: $until) {
        ...AlertChange
      }
    }
  `,
  [AlertChangeFragment],
);

export const ResolveAlert = graphql(
  `
    mutation ResolveAlert($id: ID!) {
      change: resolveAlert(id: $id) {
        ...AlertChange
      }
    }
  `,
  [AlertChangeFragment],
);

export const ReopenAlert = graphql(
  `
    mutation ReopenAlert($id: ID!) {
      change: reopenAlert(id: $id) {
        ...AlertChange
      }
    }
  `,
  [AlertChangeFragment],
);

export const AssignAlert = graphql(
  `
    mutation AssignAlert($id: ID!, $assigneeId: ID) {
      change: assignAlert(id: $id, assigneeId: $assigneeId) {
        ...AlertChange
      }
    }
  `,
  [AlertChangeFragment],
);
