import { useMemo } from 'react';
import { useClient } from 'urql';
import { say } from '@/app/undo/undo';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf } from '@/graphql/tada';
import { CreateWebhook, RevokeWebhook, RotateWebhook, type WebhookFragment } from './documents';

export type Webhook = ResultOf<typeof WebhookFragment>;

/** Creating and rotating give the secret this once; revoking what stood in the way, or null. */
export function useWebhookActions() {
  const client = useClient();
  return useMemo(
    () => ({
      create: async (name: string): Promise<{ secret: string } | Problem> => {
        const answer = await client.mutation(CreateWebhook, { name });
        const secret = answer.data?.change?.secret;
        return secret ? { secret } : problemOf(answer);
      },
      rotate: async ({ id }: Webhook): Promise<{ secret: string } | Problem> => {
        const answer = await client.mutation(RotateWebhook, { id });
        const secret = answer.data?.change?.secret;
        return secret ? { secret } : problemOf(answer);
      },
      revoke: async ({ id, name }: Webhook): Promise<string | null> => {
        const answer = await client.mutation(RevokeWebhook, { id });
        if (!answer.data?.change?.webhook) return problemOf(answer).message;
        say(`“${name}” revoked.`);
        return null;
      },
    }),
    [client],
  );
}
