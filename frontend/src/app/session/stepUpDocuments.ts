import { graphql } from '@/graphql/tada';

/** What confirming who one is takes. */
export const StepUpQuery = graphql(`
  query StepUp {
    secondFactor {
      since
      appSince
    }
    passkeys {
      id
    }
  }
`);

export const ConfirmIdentity = graphql(`
  mutation ConfirmIdentity($password: String!, $code: String!, $passkey: String!) {
    confirmIdentity(password: $password, code: $code, passkey: $passkey) {
      confirmedUntil
      errors {
        code
        field
        message
      }
    }
  }
`);

export const StartPasskeyConfirmation = graphql(`
  mutation StartPasskeyConfirmation {
    startPasskeyConfirmation {
      options
      errors {
        code
        field
        message
      }
    }
  }
`);
