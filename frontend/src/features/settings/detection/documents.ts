import { graphql } from '@/graphql/tada';

export const UpdateDetectionSettings = graphql(`
  mutation UpdateDetectionSettings($input: UpdateDetectionSettingsInput!) {
    updateDetectionSettings(input: $input) {
      settings {
        weeklyAlertBudget
        smallestOdds
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const WhomToAskQuery = graphql(`
  query WhomToAsk {
    members {
      id
      name
      role
    }
  }
`);
