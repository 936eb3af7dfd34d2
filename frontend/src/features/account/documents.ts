import { graphql } from '@/graphql/tada';

export const SecondFactorFragment = graphql(`
  fragment SecondFactorItem on SecondFactor @_unmask {
    since
    appSince
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
  mutation StartSecondFactor {
    change: startSecondFactor {
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
      secondFactor {
        appSince
      }
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
  mutation RenewRecoveryCodes {
    change: renewRecoveryCodes {
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
  mutation TurnOffSecondFactor {
    change: turnOffSecondFactor {
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

export const PasskeysQuery = graphql(`
  query Passkeys {
    passkeys {
      id
      name
      createdAt
      lastUsedAt
    }
  }
`);

export const StartPasskey = graphql(`
  mutation StartPasskey {
    change: startPasskey {
      options
      errors {
        code
        field
        message
      }
    }
  }
`);

export const AddPasskey = graphql(`
  mutation AddPasskey($passkey: String!, $name: String!) {
    change: addPasskey(passkey: $passkey, name: $name) {
      passkey {
        id
      }
      recoveryCodes
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RenamePasskey = graphql(`
  mutation RenamePasskey($id: ID!, $name: String!) {
    change: renamePasskey(id: $id, name: $name) {
      passkey {
        id
        name
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

export const RemovePasskey = graphql(`
  mutation RemovePasskey($id: ID!) {
    change: removePasskey(id: $id) {
      passkeyId
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
