import { useMemo } from 'react';
import { useClient } from 'urql';
import { explain } from '@/graphql/failure';
import { AddPasskey, RemovePasskey, RenamePasskey, StartPasskey } from './documents';
import { NOT_DONE, type Problem } from './useSecondFactor';

/** Adding, naming and removing one's passkeys. Each gives what came of it, or what stood in the way. */
export function usePasskeys() {
  const client = useClient();
  return useMemo(
    () => ({
      /** Recovery codes where it is the first second factor, else none. */
      add: async (name: string): Promise<string[] | Problem> => {
        const started = await client.mutation(StartPasskey, {});
        if (started.error) return { message: explain(started.error).message, field: null };
        const options = started.data?.change?.options;
        if (!options) return started.data?.change?.errors[0] ?? NOT_DONE;
        let passkey: string;
        try {
          const { makePasskey } = await import('@/app/session/passkeys');
          passkey = await makePasskey(options);
        } catch (error) {
          return { message: (error as Error).message, field: null };
        }
        const { data, error } = await client.mutation(AddPasskey, { passkey, name });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.passkey ? (data.change.recoveryCodes ?? []) : (data?.change?.errors[0] ?? NOT_DONE);
      },
      rename: async (id: string, name: string): Promise<Problem | null> => {
        const { data, error } = await client.mutation(RenamePasskey, { id, name });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.passkey ? null : (data?.change?.errors[0] ?? NOT_DONE);
      },
      remove: async (id: string): Promise<Problem | null> => {
        const { data, error } = await client.mutation(RemovePasskey, { id });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.passkeyId ? null : (data?.change?.errors[0] ?? NOT_DONE);
      },
    }),
    [client],
  );
}
