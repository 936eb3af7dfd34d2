import { graphql } from '@/graphql/tada';

export const AdjustmentFragment = graphql(`
  fragment AdjustmentRow on Adjustment @_unmask {
    id
    groupCode
    reasonCode
    label
    text
    amount
  }
`);

export const RemarkFragment = graphql(`
  fragment Remark on ClaimRemark @_unmask {
    code
    label
    text
  }
`);

export const ClaimLinesFragment = graphql(
  `
    fragment ClaimLines on Claim {
      id
      lines {
        id
        number
        procedureCode
        modifiers
        units
        serviceDate
        billedAmount
        allowedAmount
        paidAmount
        denialCode
        remarks {
          ...Remark
        }
        adjustments {
          ...AdjustmentRow
        }
      }
    }
  `,
  [AdjustmentFragment, RemarkFragment],
);

export const ClaimAcknowledgementsFragment = graphql(`
  fragment ClaimAcknowledgements on Claim {
    id
    acknowledgements {
      id
      standing
      acknowledgedDate
      source
      payerClaimNumber
      uploadId
      statuses {
        category
        categoryLabel
        code
        label
        procedureCode
      }
    }
  }
`);

/** A claim without its patient: that is asked for separately, when a person reveals it. */
export const ClaimQuery = graphql(
  `
    query Claim($id: ID!) {
      claim(id: $id) {
        id
        controlNumber
        payerClaimNumber
        payer {
          id
          name
        }
        serviceGroup {
          id
          name
        }
        procedureCode
        outcome
        serviceDate
        submittedDate
        decidedDate
        paidDate
        daysToDecision
        billedAmount
        allowedAmount
        paidAmount
        denialCode
        denialLabel
        denialText
        remarks {
          ...Remark
        }
        location
        providerNpi
        authorizationNumber
        authorization {
          id
          action
          validFrom
          validThrough
          quantity
          unit
        }
        plan
        contract
        diagnosisCodes
        adjustments {
          ...AdjustmentRow
        }
        ...ClaimLines
        ...ClaimAcknowledgements
      }
    }
  `,
  [AdjustmentFragment, RemarkFragment, ClaimLinesFragment, ClaimAcknowledgementsFragment],
);

export const ClaimChangeFragment = graphql(`
  fragment ClaimChange on ClaimChange @_unmask {
    fact
    before
    after
  }
`);

/** `uploads`: whether the reader may see files. */
export const ClaimHistoryQuery = graphql(
  `
    query ClaimHistory($id: ID!, $uploads: Boolean!) {
      claim(id: $id) {
        id
        history {
          kind
          knownAt
          happenedOn
          upload @include(if: $uploads) {
            id
            fileName
          }
          traceNumber
          place
          payer {
            id
            name
          }
          changes {
            ...ClaimChange
          }
          outcome
          statusCode
          billedAmount
          allowedAmount
          paidAmount
          patientResponsibility
          reasons {
            groupCode
            reasonCode
            label
            text
            amount
          }
          remarks {
            ...Remark
          }
          setKind
          standing
          certain
          source
          statuses {
            category
            categoryLabel
            code
            label
            procedureCode
          }
          errors @include(if: $uploads) {
            code
            label
            segment
            position
          }
        }
      }
    }
  `,
  [ClaimChangeFragment, RemarkFragment],
);

export const ClaimAsOfQuery = graphql(
  `
    query ClaimAsOf($id: ID!, $on: Date!, $by: AsOfBasis!) {
      claim(id: $id) {
        id
        asOf(date: $on, by: $by) {
          outcome
          payer {
            id
            name
          }
          billedAmount
          allowedAmount
          paidAmount
          deniedAmount
          denialCode
          denialLabel
          denialText
          remarkCodes
          serviceDate
          submittedDate
          decidedDate
          paidDate
          changes {
            ...ClaimChange
          }
        }
      }
    }
  `,
  [ClaimChangeFragment],
);

export const PatientQuery = graphql(`
  query RevealPatient($id: ID!, $reason: ReadingReason!) {
    claim(id: $id) {
      id
      patient(reason: $reason) {
        id
        name
        birthDate
        memberNumber
        reference
      }
    }
  }
`);

export const FindPatients = graphql(`
  mutation FindPatients($input: FindPatientsInput!) {
    findPatients(input: $input) {
      found {
        claimCount
        patient {
          id
          name
          birthDate
          memberNumber
        }
      }
      more
      errors {
        message
        field
      }
    }
  }
`);
