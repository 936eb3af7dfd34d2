import { graphql, type ResultOf } from '@/graphql/tada';

const ViewerFragment = graphql(`
  fragment Viewer on Viewer @_unmask {
    id
    email
    name
    role
    permissions
    mustSetUpSecondFactor
    idleLimitSeconds
    organization {
      id
      name
      dataThrough
      isDemo
    }
    organizations {
      id
      name
    }
  }
`);

export type Viewer = ResultOf<typeof ViewerFragment>;

export const SessionFields = graphql(
  `
    fragment SessionFields on SessionPayload @_unmask {
      session {
        accessToken
        expiresAt
      }
      viewer {
        ...Viewer
      }
      errors {
        code
        field
        message
      }
    }
  `,
  [ViewerFragment],
);

export type SessionAnswer = ResultOf<typeof SessionFields>;

export const SignIn = graphql(
  `
    mutation SignIn($input: SignInInput!) {
      signIn(input: $input) {
        ...SessionFields
        challenge
        secondFactors
      }
    }
  `,
  [SessionFields],
);

export const ConfirmSignIn = graphql(
  `
    mutation ConfirmSignIn($input: ConfirmSignInInput!) {
      confirmSignIn(input: $input) {
        ...SessionFields
      }
    }
  `,
  [SessionFields],
);

export const RefreshSession = graphql(
  `
    mutation RefreshSession($idleSeconds: Int!) {
      refreshSession(input: { idleSeconds: $idleSeconds }) {
        ...SessionFields
      }
    }
  `,
  [SessionFields],
);

export const SwitchOrganization = graphql(
  `
    mutation SwitchOrganization($organizationId: ID!) {
      switchOrganization(organizationId: $organizationId) {
        ...SessionFields
      }
    }
  `,
  [SessionFields],
);

export const SignOut = graphql(`
  mutation SignOut {
    signOut {
      ok
    }
  }
`);
