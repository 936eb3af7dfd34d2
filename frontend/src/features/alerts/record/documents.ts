import { graphql } from '@/graphql/tada';
import { AlertHandleFragment } from '../documents';

export const SignalFactsFragment = graphql(`
  fragment SignalFacts on Signal {
    id
    kind
    direction
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
    logEvidence
    certainty
    dollarsPerWeek
    claimsAffected
  }
`);

export const SignalSeriesFragment = graphql(`
  fragment SignalSeries on Signal {
    id
    kind
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
`);

export const CategoriesFragment = graphql(`
  fragment Categories on Signal {
    id
    payer {
      id
    }
    serviceGroup {
      id
    }
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
    changeDate
    before
    after
    certainty
    dollarsPerWeek
    claimsAffected
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

export const AlertQuery = graphql(
  `
    query Alert($id: ID!) {
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
          ...SignalFacts
          ...SignalSeries
          ...Categories
        }
        relatedSignals {
          id
          ...RelatedSignal
        }
        ...Judgements
        ...Activity
      }
    }
  `,
  [
    AlertHandleFragment,
    SignalFactsFragment,
    SignalSeriesFragment,
    CategoriesFragment,
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
