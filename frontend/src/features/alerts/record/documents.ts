import { graphql } from '@/graphql/tada';
import { AlertHandleFragment } from '../documents';

export const SignalFactsFragment = graphql(`
  fragment SignalFacts on Signal {
    id
    kind
    direction
    serviceGroup {
      id
      name
    }
    denialLabel
    location
    alarmedOn
    changeDate
    changeDateLow
    changeDateHigh
    before
    after
    afterLow
    afterHigh
    certainty
    dollarsPerWeek
    claimsAffected
  }
`);

export const SignalEvidenceFragment = graphql(`
  fragment SignalEvidence on Signal {
    id
    kind
    alarmedOn
    changeDate
    changeDateLow
    changeDateHigh
    before
    beforeLow
    beforeHigh
    after
    afterLow
    afterHigh
    eValue
    inForce
    found
    dataThrough
  }
`);

export const SignalScopeFragment = graphql(`
  fragment SignalScope on Signal {
    id
    kind
    scope
    scopeSentence
    before
    after
    afterLow
    afterHigh
    payer {
      id
      name
    }
    elsewhere {
      before
      after
      afterLow
      afterHigh
      claims
    }
  }
`);

export const HappeningsFragment = graphql(`
  fragment Happenings on Signal {
    id
    changeDate
    knownEvents {
      id
      kind
      title
      note
      firstDay
      lastDay
      payer {
        id
        name
      }
      serviceGroup {
        id
        name
      }
    }
    ownChanges {
      kind
      day
      what
    }
  }
`);

export const ReasonsFragment = graphql(`
  fragment Reasons on Signal {
    id
    kind
    payer {
      id
    }
    serviceGroup {
      id
    }
    denialCategory
    location
    changeDate
    reasons {
      kind
      code
      label
      text
      before
      after
      claims
    }
  }
`);

export const ServiceGroupSharesFragment = graphql(`
  fragment ServiceGroupShares on Signal {
    id
    kind
    payer {
      id
    }
    denialCategory
    changeDate
    serviceGroupShares {
      serviceGroupId
      name
      claims
      share
      restUnchanged
    }
  }
`);

export const SignalSeriesFragment = graphql(
  `
  fragment SignalSeries on Signal {
    id
    kind
    denialCategory
    location
    ...Happenings
    alarmedOn
    changeDate
    changeDateLow
    changeDateHigh
    dataThrough
    payer {
      id
    }
    serviceGroup {
      id
    }
    series {
      day
      count
      events
      expected
      rate
      baseline
      statistic
      threshold
    }
  }
`,
  [HappeningsFragment],
);

export const CategoriesFragment = graphql(`
  fragment Categories on Signal {
    id
    kind
    payer {
      id
    }
    serviceGroup {
      id
    }
    location
    changeDate
    categories {
      category
      label
      before
      after
      claims
      share
    }
  }
`);

export const RelatedSignalFragment = graphql(`
  fragment RelatedSignal on Signal {
    id
    kind
    serviceGroup {
      id
      name
    }
    denialLabel
    location
    changeDate
    before
    after
    certainty
    dollarsPerWeek
  }
`);

export const ActivityFragment = graphql(`
  fragment Activity on Alert {
    id
    activity {
      id
      action
      at
      detail
      by {
        id
        name
      }
    }
  }
`);

export const JudgementsFragment = graphql(`
  fragment Judgements on Alert {
    id
    judgements {
      id
      verdict
      note
      recoveredAmount
      judgedAt
      judgedBy {
        id
        name
      }
    }
  }
`);

/** `uploads`: whether the reader may see files. */
export const TakenBackFragment = graphql(`
  fragment TakenBack on Alert {
    id
    state
    takenBack {
      takenBackAt
      takenBackBy {
        id
        name
      }
      claims
      ofClaims
      lookedAgainAt
      upload @include(if: $uploads) {
        id
        fileName
      }
    }
  }
`);

export const AlertQuery = graphql(
  `
    query Alert($id: ID!, $uploads: Boolean!) {
      alert(id: $id) {
        id
        ...AlertHandle
        payer {
          id
          name
        }
        signal {
          id
          kind
          serviceGroup {
            id
            name
          }
          denialLabel
          location
          ...SignalFacts
          ...SignalSeries
          ...SignalEvidence
          ...SignalScope
          ...Happenings
          ...Categories
          ...Reasons
          ...ServiceGroupShares
        }
        relatedSignals {
          id
          ...RelatedSignal
        }
        ...TakenBack
        ...Judgements
        ...Activity
      }
    }
  `,
  [
    TakenBackFragment,
    AlertHandleFragment,
    SignalFactsFragment,
    SignalSeriesFragment,
    SignalEvidenceFragment,
    SignalScopeFragment,
    HappeningsFragment,
    CategoriesFragment,
    ReasonsFragment,
    ServiceGroupSharesFragment,
    RelatedSignalFragment,
    JudgementsFragment,
    ActivityFragment,
  ],
);

export const JudgeAlert = graphql(
  `
    mutation JudgeAlert($input: JudgeAlertInput!) {
      judgeAlert(input: $input) {
        alert {
          ...AlertHandle
          judgement {
            id
            verdict
          }
          ...Judgements
          ...Activity
        }
        errors {
          code
          field
          message
        }
      }
    }
  `,
  [AlertHandleFragment, JudgementsFragment, ActivityFragment],
);
