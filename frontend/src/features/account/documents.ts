import { graphql } from '@/graphql/tada';

export const SecondFactorFragment = graphql(`
  fragment SecondFactorItem on SecondFactor @_unmask {
    since
    recoveryCodesLeft
  }
`);

export const SecondFactorQuery = graphql(
  `
    query SecondFactor {
      secondFactor {
        ...SecondFactorItem
      }
    }
  `,
  [SecondFactorFragment],
);

export const StartSecondFactor = graphql(`
  mutation StartSecondFactor($password: String!) {
    change: startSecondFactor(password: $password) {
      enrolment {
        secret
        qr
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const ConfirmSecondFactor = graphql(`
  mutation ConfirmSecondFactor($code: String!) {
    change: confirmSecondFactor(code: $code) {
      recoveryCodes
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RenewRecoveryCodes = graphql(`
  mutation RenewRecoveryCodes($input: PasswordAndCodeInput!) {
    change: renewRecoveryCodes(input: $input) {
      recoveryCodes
      errors {
        code
        field
        message
      }
    }
  }
`);

export const TurnOffSecondFactor = graphql(`
  mutation TurnOffSecondFactor($input: PasswordAndCodeInput!) {
    change: turnOffSecondFactor(input: $input) {
      secondFactor {
        since
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const OwnSessionsQuery = graphql(`
  query OwnSessions {
    ownSessions {
      id
      client
      organizationName
      createdAt
      lastUsedAt
      isThisOne
    }
  }
`);

export const EndSession = graphql(`
  mutation EndSession($id: ID!) {
    change: endSession(id: $id) {
      sessionId
      errors {
        code
        field
        message
      }
    }
  }
`);

export const EndOtherSessions = graphql(`
  mutation EndOtherSessions {
    change: endOtherSessions {
      ended
      errors {
        code
        field
        message
      }
    }
  }
`);

export const PolicyQuery = graphql(`
  query SecondFactorPolicy {
    viewer {
      id
      organization {
        id
        secondFactorRequired
      }
    }
  }
`);

export const RequireSecondFactor = graphql(`
  mutation RequireSecondFactor($required: Boolean!) {
    change: requireSecondFactor(required: $required) {
      organization {
        id
        secondFactorRequired
      }
      errors {
        code
        field
        message
      }
    }
  }
`);
