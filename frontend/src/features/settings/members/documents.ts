import { ProblemFragment } from '@/graphql/problem';
import { graphql } from '@/graphql/tada';

export const InvitationFragment = graphql(`
  fragment InvitationItem on Invitation @_unmask {
    id
    email
    name
    role
    sentAt
    sendingFailed
    expiresAt
    invitedBy {
      id
      name
    }
  }
`);

export const MembersQuery = graphql(
  `
    query Members($manages: Boolean!) {
      members {
        id
        name
        email
        role
        hasSecondFactor @include(if: $manages)
        lastSeenAt @include(if: $manages)
      }
      invitations @include(if: $manages) {
        ...InvitationItem
      }
    }
  `,
  [InvitationFragment],
);

export const InviteMember = graphql(
  `
    mutation InviteMember($input: InviteMemberInput!) {
      change: inviteMember(input: $input) {
        invitation {
          ...InvitationItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [InvitationFragment, ProblemFragment],
);

export const ResendInvitation = graphql(
  `
    mutation ResendInvitation($id: ID!) {
      change: resendInvitation(id: $id) {
        invitation {
          ...InvitationItem
        }
        errors {
          ...ProblemFields
        }
      }
    }
  `,
  [InvitationFragment, ProblemFragment],
);

export const RevokeInvitation = graphql(
  `
  mutation RevokeInvitation($id: ID!) {
    change: revokeInvitation(id: $id) {
      invitation {
        id
      }
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const ChangeMemberRole = graphql(
  `
  mutation ChangeMemberRole($id: ID!, $role: Role!) {
    change: changeMemberRole(id: $id, role: $role) {
      member {
        id
        role
      }
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);

export const RemoveMember = graphql(
  `
  mutation RemoveMember($id: ID!) {
    change: removeMember(id: $id) {
      memberId
      errors {
        ...ProblemFields
      }
    }
  }
`,
  [ProblemFragment],
);
