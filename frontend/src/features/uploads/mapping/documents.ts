import { JobProgressFragment } from '@/app/uploads/documents';
import { graphql } from '@/graphql/tada';

export const UploadTableQuery = graphql(`
  query UploadTable($id: ID!, $mapping: SourceMappingInput) {
    uploadTable(id: $id, mapping: $mapping) {
      headerLine
      remembered
      dayFirst
      decimalMark
      payer
      missing
      columns {
        name
        field
        samples
      }
      outcomeWords {
        word
        outcome
      }
      findings {
        position
        severity
        code
        message
      }
      rows {
        lineNumber
        problem
        claimId
        payer
        procedureCodes
        serviceDate
        submittedDate
        decidedDate
        outcome
        billedAmount
        paidAmount
        denialCode
        location
      }
    }
  }
`);

export const MapUpload = graphql(
  `
    mutation MapUpload($id: ID!, $mapping: SourceMappingInput!) {
      mapUpload(id: $id, mapping: $mapping) {
        upload {
          id
          rowsRead
          rowsQuarantined
          job {
            id
            state
            ...JobProgress
          }
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [JobProgressFragment],
);

export const SourceMappingsQuery = graphql(`
  query SourceMappings($first: Int!, $after: String, $names: Boolean!) {
    sourceMappings(first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      items {
        id
        dayFirst
        decimalMark
        payer
        confirmedAt
        confirmedBy {
          id
          name
        }
        uploads
        lastUsedAt
        columns {
          field
          name @include(if: $names)
        }
        outcomeWords @include(if: $names) {
          word
          outcome
        }
      }
    }
  }
`);

export const ForgetSourceMapping = graphql(`
  mutation ForgetSourceMapping($id: ID!) {
    change: forgetSourceMapping(id: $id) {
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RestoreSourceMapping = graphql(`
  mutation RestoreSourceMapping($id: ID!) {
    change: restoreSourceMapping(id: $id) {
      errors {
        code
        field
        message
      }
    }
  }
`);
