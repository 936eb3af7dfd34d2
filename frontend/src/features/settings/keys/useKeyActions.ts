import { useMemo } from 'react';
import { useClient } from 'urql';
import { say } from '@/app/undo/undo';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { CreateServiceKey, RevokeServiceKey, type ServiceKeyFragment } from './documents';

export type ServiceKey = ResultOf<typeof ServiceKeyFragment>;
export type KeyInput = VariablesOf<typeof CreateServiceKey>['input'];

/** Making a key, which gives its text back this once, and ending one, which nothing takes back. */
export function useKeyActions() {
  const client = useClient();
  return useMemo(
    () => ({
      create: async (input: KeyInput): Promise<{ key: string } | Problem> => {
        const answer = await client.mutation(CreateServiceKey, { input });
        const key = answer.data?.change?.key;
        return key ? { key } : problemOf(answer);
      },
      revoke: async ({ id, name }: ServiceKey): Promise<string | null> => {
        const answer = await client.mutation(RevokeServiceKey, { id });
        if (!answer.data?.change?.serviceKey) return problemOf(answer).message;
        say(`“${name}” revoked.`);
        return null;
      },
    }),
    [client],
  );
}
