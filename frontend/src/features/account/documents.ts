import { ProblemFragment } from '@/graphql/problem';
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

export const StartSecondFactor = graphql(
  `
  mutation StartSecondFactor($password: String!) {
    change: startSecondFactor(password: $password) {
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
  mutation RenewRecoveryCodes($input: PasswordAndCodeInput!) {
    change: renewRecoveryCodes(input: $input) {
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
  mutation TurnOffSecondFactor($input: PasswordAndCodeInput!) {
    change: turnOffSecondFactor(input: $input) {
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
