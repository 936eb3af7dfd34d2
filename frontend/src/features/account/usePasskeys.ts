import { useMemo } from 'react';
import { useClient } from 'urql';
import { type Problem, problemOf } from '@/graphql/problem';
import { AddPasskey, RemovePasskey, RenamePasskey, StartPasskey } from './documents';

/** Adding, naming and removing one's passkeys. Each gives what came of it, or what stood in the way. */
export function usePasskeys() {
  const client = useClient();
  return useMemo(
    () => ({
      /** Recovery codes where it is the first second factor, else none. */
      add: async (name: string): Promise<string[] | Problem> => {
        const started = await client.mutation(StartPasskey, {});
        const options = started.data?.change?.options;
        if (!options) return problemOf(started);
        let passkey: string;
        try {
          const { makePasskey } = await import('@/app/session/passkeys');
          passkey = await makePasskey(options);
        } catch (error) {
          return { message: (error as Error).message, field: null };
        }
        const answer = await client.mutation(AddPasskey, { passkey, name });
        const change = answer.data?.change;
        return change?.passkey ? (change.recoveryCodes ?? []) : problemOf(answer);
      },
      rename: async (id: string, name: string): Promise<Problem | null> => {
        const answer = await client.mutation(RenamePasskey, { id, name });
        return answer.data?.change?.passkey ? null : problemOf(answer);
      },
      remove: async (id: string): Promise<Problem | null> => {
        const answer = await client.mutation(RemovePasskey, { id });
        return answer.data?.change?.passkeyId ? null : problemOf(answer);
      },
    }),
    [client],
  );
}
