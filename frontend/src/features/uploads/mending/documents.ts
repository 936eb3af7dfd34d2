import { graphql } from '@/graphql/tada';
import { QualityFragment } from '../documents';

export const RejectedRowQuery = graphql(`
  query RejectedRow($id: ID!) {
    rejectedRow(id: $id) {
      hindrance
      row {
        id
        lineNumber
        message
      }
      cells {
        name
        field
        text
        faults
        alike
      }
    }
  }
`);

/** What list, report and score count of an upload's rejected rows. */
export const RowCountsFragment = graphql(
  `
  fragment RowCounts on IntakeUpload {
    id
    rowsQuarantined
    rowsMended
    rowsDismissed
    rowsOpen
    claimsCreated
    claimsUpdated
    claimsUnchanged
    linesRead
    billedTotal
    paidTotal
    mendedBy {
      uploadId
      fileName
      rows
    }
    ...Quality
  }
`,
  [QualityFragment],
);

export const MendRow = graphql(
  `
    mutation MendRow($id: ID!, $cells: [String!]!, $everywhere: [Int!]) {
      mendRow(id: $id, cells: $cells, everywhere: $everywhere) {
        mended
        left
        upload {
          id
          ...RowCounts
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [RowCountsFragment],
);

export const DismissRow = graphql(
  `
    mutation DismissRow($id: ID!) {
      dismissRow(id: $id) {
        upload {
          id
          ...RowCounts
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [RowCountsFragment],
);

export const ReopenRow = graphql(
  `
    mutation ReopenRow($id: ID!) {
      reopenRow(id: $id) {
        upload {
          id
          ...RowCounts
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [RowCountsFragment],
);
