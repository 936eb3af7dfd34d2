import { graphql } from '@/graphql/tada';

export const JobProgressFragment = graphql(`
  fragment JobProgress on Job {
    id
    state
    progressDone
    progressTotal
    progressLabel
    attempts
    error {
      code
      field
      message
    }
    createdAt
    startedAt
    finishedAt
  }
`);

export const UploadRowFragment = graphql(
  `
    fragment UploadRow on IntakeUpload {
      id
      fileName
      sizeBytes
      kind
      createdAt
      uploadedBy {
        id
        name
      }
      duplicateOf {
        id
      }
      container {
        id
        fileName
      }
      undoneAt
      rowsRead
      claimsCreated
      claimsUpdated
      rowsOpen
      job {
        id
        state
        ...JobProgress
      }
    }
  `,
  [JobProgressFragment],
);

export const UploadsQuery = graphql(
  `
    query Uploads($first: Int!, $after: String) {
      uploads(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          id
          job {
            id
            state
          }
          ...UploadRow
        }
      }
    }
  `,
  [UploadRowFragment],
);
