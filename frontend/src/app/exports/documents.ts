import { graphql } from '@/graphql/tada';

export const ExportFragment = graphql(`
  fragment ExportItem on Export {
    id
    kind
    title
    fileName
    includesPhi
    rows
    sizeBytes
    createdAt
    expiresAt
    expired
    createdBy {
      id
      name
    }
    job {
      id
      state
      progressDone
      progressTotal
      progressLabel
      error {
        code
        message
      }
    }
  }
`);

export const ExportsQuery = graphql(
  `
    query Exports($first: Int!, $after: String) {
      exports(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          id
          title
          job {
            id
            state
          }
          ...ExportItem
        }
      }
    }
  `,
  [ExportFragment],
);

export const CreateExport = graphql(`
  mutation CreateExport($input: CreateExportInput!) {
    createExport(input: $input) {
      export {
        id
        title
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RetryExport = graphql(`
  mutation RetryExport($id: ID!) {
    retryExport(id: $id) {
      export {
        id
        job {
          id
          state
        }
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** Links live for minutes, so one is asked for at the click. */
export const ExportLink = graphql(`
  query ExportLink($id: ID!) {
    export(id: $id) {
      id
      downloadUrl
      expired
    }
  }
`);
