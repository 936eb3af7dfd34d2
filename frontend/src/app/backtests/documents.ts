import { graphql } from '@/graphql/tada';

export const BacktestQuery = graphql(`
  query Backtest($jobId: ID!) {
    backtest(jobId: $jobId) {
      from
      to
      weeklyAlertBudget
      smallestOdds
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
      signals {
        kind
        level
        direction
        payer {
          id
          name
        }
        serviceGroup {
          id
          name
        }
        denialCategory
        denialLabel
        location
        alarmedOn
        alertedOn
        isAlert
        reason
        explainedBy {
          alarmedOn
          alertedOn
          isAlert
          headline
          alertId
        }
        changeDate
        changeDateLow
        changeDateHigh
        before
        after
        dollarsPerWeek
        headline
        alertId
      }
    }
  }
`);

export const RequestBacktest = graphql(`
  mutation RequestBacktest($input: RequestBacktestInput!) {
    requestBacktest(input: $input) {
      job {
        id
        state
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

/** What is saved, and how detection is asked to watch when nothing else is said. */
export const DetectionSettingsQuery = graphql(`
  query DetectionSettings {
    detectionSettings {
      weeklyAlertBudget
      smallestOdds
    }
  }
`);
