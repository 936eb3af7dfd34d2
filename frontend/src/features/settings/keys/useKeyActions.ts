import { useMemo } from 'react';
import { useClient } from 'urql';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { CreateServiceKey, RevokeServiceKey, type ServiceKeyFragment } from './documents';

export type ServiceKey = ResultOf<typeof ServiceKeyFragment>;
export type KeyInput = VariablesOf<typeof CreateServiceKey>['input'];
export type Problem = { message: string; field: string | null };

const NOT_DONE: Problem = { message: 'The server did not do it. Try again.', field: null };

/** Making a key, which gives its text back this once, and ending one, which nothing takes back. */
export function useKeyActions() {
  const client = useClient();
  return useMemo(
    () => ({
      create: async (input: KeyInput): Promise<{ key: string } | Problem> => {
        const { data, error } = await client.mutation(CreateServiceKey, { input });
        if (error) return { message: explain(error).message, field: null };
        const key = data?.change?.key;
        return key ? { key } : (data?.change?.errors[0] ?? NOT_DONE);
      },
      revoke: async ({ id, name }: ServiceKey): Promise<Problem | null> => {
        const { data, error } = await client.mutation(RevokeServiceKey, { id });
        if (error) return { message: explain(error).message, field: null };
        if (!data?.change?.serviceKey) return data?.change?.errors[0] ?? NOT_DONE;
        say(`“${name}” revoked.`);
        return null;
      },
    }),
    [client],
  );
}
