import { useMemo } from 'react';
import { useClient } from 'urql';
import { roleLabel } from '@/app/session/roles';
import { say } from '@/app/undo/undo';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf, Role, VariablesOf } from '@/graphql/tada';
import {
  ChangeMemberRole,
  type InvitationFragment,
  InviteMember,
  type MembersQuery,
  RemoveMember,
  ResendInvitation,
  RevokeInvitation,
} from './documents';

export type Member = NonNullable<ResultOf<typeof MembersQuery>['members']>[number];
export type Invitation = ResultOf<typeof InvitationFragment>;
/** Inviting, changing and removing. Each resolves to what stood in the way, or null. */
export function useMemberActions() {
  const client = useClient();
  return useMemo(
    () => ({
      invite: async (input: VariablesOf<typeof InviteMember>['input']): Promise<Problem | null> => {
        const answer = await client.mutation(InviteMember, { input });
        if (!answer.data?.change?.invitation) return problemOf(answer);
        say(`${input.name} is invited.`);
        return null;
      },
      resend: async ({ id, name }: Invitation): Promise<Problem | null> => {
        const answer = await client.mutation(ResendInvitation, { id });
        if (!answer.data?.change?.invitation) return problemOf(answer);
        say(`${name} gets another link; the one before counts no more.`);
        return null;
      },
      revoke: async ({ id, name }: Invitation): Promise<Problem | null> => {
        const answer = await client.mutation(RevokeInvitation, { id });
        if (!answer.data?.change?.invitation) return problemOf(answer);
        say(`The invitation of ${name} is revoked.`);
        return null;
      },
      changeRole: async ({ id, name }: Member, role: Role): Promise<Problem | null> => {
        const answer = await client.mutation(ChangeMemberRole, { id, role });
        if (!answer.data?.change?.member) return problemOf(answer);
        say(`${name} is ${roleLabel(role)} now.`);
        return null;
      },
      remove: async ({ id, name }: Member): Promise<Problem | null> => {
        const answer = await client.mutation(RemoveMember, { id });
        if (!answer.data?.change?.memberId) return problemOf(answer);
        say(`${name} was removed.`);
        return null;
      },
    }),
    [client],
  );
}
