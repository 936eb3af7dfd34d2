import { graphql } from '@/graphql/tada';

/** What an action needs to know of an alert to be offered and to be undone. */
export const AlertHandleFragment = graphql(`
  fragment AlertHandle on Alert @_unmask {
    id
    state
    headline
    snoozedUntil
    assignee {
      id
      name
    }
  }
`);

export const AlertRowFragment = graphql(`
  fragment AlertRow on Alert {
    id
    state
    headline
    snoozedUntil
    payer {
      id
      name
    }
    assignee {
      id
      name
    }
    judgement {
      id
      verdict
    }
    takenBack {
      lookedAgainAt
    }
    signal {
      id
      kind
      direction
      scope
      denialLabel
      location
      changeDate
      certainty
      dollarsPerWeek
      serviceGroup {
        id
        name
      }
    }
  }
`);

export const InboxQuery = graphql(
  `
    query Inbox($filter: AlertFilter, $orderBy: AlertOrder, $first: Int!, $after: String) {
      alerts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          id
          ...AlertHandle
          ...AlertRow
        }
      }
    }
  `,
  [AlertHandleFragment, AlertRowFragment],
);

export const InboxCountsQuery = graphql(`
  query InboxCounts(
    $open: AlertFilter
    $acknowledged: AlertFilter
    $snoozed: AlertFilter
    $resolved: AlertFilter
    $all: AlertFilter
  ) {
    OPEN: alerts(filter: $open, first: 1) {
      totalCount
    }
    ACKNOWLEDGED: alerts(filter: $acknowledged, first: 1) {
      totalCount
    }
    SNOOZED: alerts(filter: $snoozed, first: 1) {
      totalCount
    }
    RESOLVED: alerts(filter: $resolved, first: 1) {
      totalCount
    }
    ALL: alerts(filter: $all, first: 1) {
      totalCount
    }
  }
`);
