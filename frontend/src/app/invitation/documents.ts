import { graphql, type ResultOf } from '@/graphql/tada';

export const ReadInvitation = graphql(`
  mutation ReadInvitation($token: String!) {
    readInvitation(token: $token) {
      organizationId
      organizationName
      email
      name
      role
      hasAccount
      errors {
        code
        field
        message
      }
    }
  }
`);

export type Asked = ResultOf<typeof ReadInvitation>['readInvitation'];

export const AcceptInvitation = graphql(`
  mutation AcceptInvitation($input: AcceptInvitationInput!) {
    acceptInvitation(input: $input) {
      organizationId
      errors {
        code
        field
        message
      }
    }
  }
`);
