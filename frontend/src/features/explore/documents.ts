import { ProblemFragment } from '@/graphql/problem';
import { graphql } from '@/graphql/tada';

export const SavedQueryFragment = graphql(`
  fragment SavedQueryItem on SavedQuery @_unmask {
    id
    name
    description
    text
    variables
    shared
    own
    owner {
      id
      name
    }
    schedules {
      id
      kind
      frequency
      weekday
      dayOfMonth
      hour
      timeZone
      nextRunAt
      lastRunAt
      stoppedAt
      stoppedBecause
      scheduledBy {
        id
        name
      }
    }
  }
`);

export const SavedQueriesQuery = graphql(
  `
    query SavedQueries($first: Int!, $after: String) {
      savedQueries(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          ...SavedQueryItem
        }
      }
    }
  `,
  [SavedQueryFragment],
);

export const QueryCostQuery = graphql(`
  query QueryCost($text: String!, $variables: JSON, $operationName: String) {
    queryCost(text: $text, variables: $variables, operationName: $operationName) {
      faults {
        message
        line
        column
      }
      values
      mostValues
      depth
      mostDepth
      missing
      left
      mostLeft
      secondsLeft
    }
  }
`);

export const CreateSavedQuery = graphql(
  `
    mutation CreateSavedQuery($input: CreateSavedQueryInput!) {
      change: createSavedQuery(input: $input) {
        savedQuery {
          ...SavedQueryItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [SavedQueryFragment, ProblemFragment],
);

export const ChangeSavedQuery = graphql(
  `
    mutation ChangeSavedQuery($id: ID!, $input: ChangeSavedQueryInput!) {
      change: changeSavedQuery(id: $id, input: $input) {
        savedQuery {
          ...SavedQueryItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [SavedQueryFragment, ProblemFragment],
);

export const DeleteSavedQuery = graphql(
  `
    mutation DeleteSavedQuery($id: ID!) {
      change: deleteSavedQuery(id: $id) {
        savedQuery {
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

export const ScheduleSavedQuery = graphql(
  `
    mutation ScheduleSavedQuery($id: ID!, $input: ScheduleSavedQueryInput!) {
      change: scheduleSavedQuery(id: $id, input: $input) {
        savedQuery {
          ...SavedQueryItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [SavedQueryFragment, ProblemFragment],
);

export const UnscheduleSavedQuery = graphql(
  `
    mutation UnscheduleSavedQuery($id: ID!) {
      change: unscheduleSavedQuery(id: $id) {
        savedQuery {
          ...SavedQueryItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [SavedQueryFragment, ProblemFragment],
);

export const ExportSavedQuery = graphql(
  `
    mutation ExportSavedQuery($id: ID!, $kind: ExportKind!) {
      change: exportSavedQuery(id: $id, kind: $kind) {
        export {
          id
          title
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [ProblemFragment],
);
