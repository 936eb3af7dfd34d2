import { useMemo } from 'react';
import { type CombinedError, useClient } from 'urql';
import { roleLabel } from '@/app/session/roles';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
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
export type Problem = { message: string; field: string | null };
type Change = { errors: Problem[] } | null | undefined;

const NOT_DONE: Problem = { message: 'The server did not do it. Try again.', field: null };

function problemOf(error: CombinedError | undefined, change: Change): Problem {
  if (error) return { message: explain(error).message, field: null };
  return change?.errors[0] ?? NOT_DONE;
}

/** Inviting, changing and removing. Each resolves to what stood in the way, or null. */
export function useMemberActions() {
  const client = useClient();
  return useMemo(
    () => ({
      invite: async (input: VariablesOf<typeof InviteMember>['input']): Promise<Problem | null> => {
        const { data, error } = await client.mutation(InviteMember, { input });
        if (!data?.change?.invitation) return problemOf(error, data?.change);
        say(`${input.name} is invited.`);
        return null;
      },
      resend: async ({ id, name }: Invitation): Promise<Problem | null> => {
        const { data, error } = await client.mutation(ResendInvitation, { id });
        if (!data?.change?.invitation) return problemOf(error, data?.change);
        say(`${name} gets another link; the one before counts no more.`);
        return null;
      },
      revoke: async ({ id, name }: Invitation): Promise<Problem | null> => {
        const { data, error } = await client.mutation(RevokeInvitation, { id });
        if (!data?.change?.invitation) return problemOf(error, data?.change);
        say(`The invitation of ${name} is revoked.`);
        return null;
      },
      changeRole: async ({ id, name }: Member, role: Role): Promise<Problem | null> => {
        const { data, error } = await client.mutation(ChangeMemberRole, { id, role });
        if (!data?.change?.member) return problemOf(error, data?.change);
        say(`${name} is ${roleLabel(role)} now.`);
        return null;
      },
      remove: async ({ id, name }: Member): Promise<Problem | null> => {
        const { data, error } = await client.mutation(RemoveMember, { id });
        if (!data?.change?.memberId) return problemOf(error, data?.change);
        say(`${name} was removed.`);
        return null;
      },
    }),
    [client],
  );
}
