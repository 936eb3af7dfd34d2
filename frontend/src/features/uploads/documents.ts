import { JobProgressFragment, UploadRowFragment } from '@/app/uploads/documents';
import { graphql } from '@/graphql/tada';

export const FindingsFragment = graphql(`
  fragment Findings on IntakeUpload {
    id
    kind
    findings {
      position
      severity
      code
      message
    }
  }
`);

export const QualityFragment = graphql(`
  fragment Quality on IntakeUpload {
    id
    quality {
      score
      parts {
        key
        label
        weight
        share
        sentence
      }
      lacks {
        field
        label
        lacking
        of
        cost
      }
      reasons {
        reason
        rows
      }
      outcomes {
        outcome
        claims
      }
      payers {
        name
        claims
      }
      spans {
        days
        first
        last
      }
    }
  }
`);

export const AcknowledgedFragment = graphql(`
  fragment Acknowledged on IntakeUpload {
    id
    acknowledged {
      sets
      setsAccepted
      setsRejected
      claims
      claimsAccepted
      claimsRejected
      claimsPending
      acknowledgements {
        id
        kind
        standing
        acknowledgedDate
        groupNumber
        setNumber
        batchReference
        providerNpi
        accepted
        rejected
        uploadId
        statuses {
          category
          categoryLabel
          code
          label
        }
        errors {
          code
          label
          segment
          position
          loop
          element
          component
          controlNumber
        }
      }
      rejected {
        id
        acknowledgedDate
        controlNumber
        claimId
        statuses {
          category
          categoryLabel
          code
          label
          procedureCode
        }
      }
    }
  }
`);

export const UploadQuery = graphql(
  `
    query Upload($id: ID!) {
      upload(id: $id) {
        id
        fileName
        sizeBytes
        sha256
        kind
        createdAt
        uploadedBy {
          id
          name
        }
        duplicateOf {
          id
          fileName
          createdAt
        }
        container {
          id
          fileName
        }
        sourceMappingId
        job {
          id
          state
          ...JobProgress
        }
        undoneAt
        undoneBy {
          id
          name
        }
        undoJob {
          id
          state
          ...JobProgress
        }
        rowsRead
        linesRead
        claimsCreated
        claimsUpdated
        claimsUnchanged
        rowsQuarantined
        rowsMended
        rowsDismissed
        rowsOpen
        mendedBy {
          uploadId
          fileName
          rows
        }
        quarantineTruncated
        billedTotal
        paidTotal
        ...Findings
        ...Acknowledged
        ...Quality
      }
    }
  `,
  [JobProgressFragment, FindingsFragment, AcknowledgedFragment, QualityFragment],
);

export const ArchiveFilesQuery = graphql(
  `
    query ArchiveFiles($id: ID!, $first: Int!, $after: String) {
      upload(id: $id) {
        id
        files(first: $first, after: $after) {
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
    }
  `,
  [UploadRowFragment],
);

export const RowErrorsQuery = graphql(`
  query RowErrors($id: ID!, $state: RowState, $first: Int!, $after: String) {
    upload(id: $id) {
      id
      rowErrors(state: $state, first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          id
          lineNumber
          field
          code
          message
          settledAt
          settledBy {
            id
            name
          }
          mendedBy {
            uploadId
            fileName
          }
          triedBy {
            uploadId
            fileName
          }
        }
      }
    }
  }
`);

export const QuarantineLink = graphql(`
  query QuarantineLink($id: ID!) {
    upload(id: $id) {
      id
      quarantineUrl
    }
  }
`);

export const RetryUpload = graphql(
  `
    mutation RetryUpload($id: ID!) {
      retryUpload(id: $id) {
        upload {
          id
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

export const UndoUpload = graphql(
  `
    mutation UndoUpload($id: ID!) {
      undoUpload(id: $id) {
        upload {
          id
          undoneAt
          undoJob {
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
