import { graphql } from '@/graphql/tada';

export const AuditEventFragment = graphql(`
  fragment AuditEventItem on AuditEvent @_unmask {
    id
    sequence
    at
    label
    requestId
    actor {
      kind
      id
      name
    }
    target {
      type
      label
      id
    }
    details {
      name
      value
    }
  }
`);

export const AuditEventsQuery = graphql(
  `
    query AuditEvents($filter: AuditFilter, $first: Int!, $after: String) {
      auditEvents(filter: $filter, first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          ...AuditEventItem
        }
      }
    }
  `,
  [AuditEventFragment],
);

export const AuditActorsQuery = graphql(`
  query AuditActors {
    auditActors {
      kind
      id
      name
    }
  }
`);

export const AuditChainQuery = graphql(`
  query AuditChain($start: Int!) {
    auditChain(start: $start) {
      first
      through
      last
      breaks
      breakCount
    }
  }
`);

export const ConfigurationChangesQuery = graphql(`
  query ConfigurationChanges($targetType: String!, $targetId: ID!) {
    configurationChanges(targetType: $targetType, targetId: $targetId, first: 50) {
      totalCount
      items {
        id
        at
        kind
        actor {
          kind
          name
        }
        differences {
          name
          before
          after
        }
      }
    }
  }
`);
