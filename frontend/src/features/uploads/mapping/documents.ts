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
