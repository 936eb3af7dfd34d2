import { ProblemFragment } from '@/graphql/problem';
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

export const StartSecondFactor = graphql(
  `
  mutation StartSecondFactor {
    change: startSecondFactor {
      enrolment {
        secret
        qr
      }
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const ConfirmSecondFactor = graphql(
  `
  mutation ConfirmSecondFactor($code: String!) {
    change: confirmSecondFactor(code: $code) {
      secondFactor {
        appSince
      }
      recoveryCodes
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const RenewRecoveryCodes = graphql(
  `
  mutation RenewRecoveryCodes {
    change: renewRecoveryCodes {
      recoveryCodes
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const TurnOffSecondFactor = graphql(
  `
  mutation TurnOffSecondFactor {
    change: turnOffSecondFactor {
      secondFactor {
        since
      }
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

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

export const StartPasskey = graphql(
  `
  mutation StartPasskey {
    change: startPasskey {
      options
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const AddPasskey = graphql(
  `
  mutation AddPasskey($passkey: String!, $name: String!) {
    change: addPasskey(passkey: $passkey, name: $name) {
      passkey {
        id
      }
      recoveryCodes
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const RenamePasskey = graphql(
  `
  mutation RenamePasskey($id: ID!, $name: String!) {
    change: renamePasskey(id: $id, name: $name) {
      passkey {
        id
        name
      }
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const RemovePasskey = graphql(
  `
  mutation RemovePasskey($id: ID!) {
    change: removePasskey(id: $id) {
      passkeyId
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

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

export const EndSession = graphql(
  `
  mutation EndSession($id: ID!) {
    change: endSession(id: $id) {
      sessionId
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const EndOtherSessions = graphql(
  `
  mutation EndOtherSessions {
    change: endOtherSessions {
      ended
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

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

export const RequireSecondFactor = graphql(
  `
  mutation RequireSecondFactor($required: Boolean!) {
    change: requireSecondFactor(required: $required) {
      organization {
        id
        secondFactorRequired
      }
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);
