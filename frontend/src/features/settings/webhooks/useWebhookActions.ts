import { useMemo } from 'react';
import { type OperationResult, useClient } from 'urql';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { CreateWebhook, RevokeWebhook, RotateWebhook, type WebhookFragment } from './documents';

export type Webhook = ResultOf<typeof WebhookFragment>;
/** What was made, with its secret this once, or what went wrong. */
export type Made = { webhook: Webhook; secret: string } | { problem: string };

const NOT_DONE = 'The server did not do it. Try again.';

export function useWebhookActions() {
  const client = useClient();
  return useMemo(() => {
    const made = ({ data, error }: Pick<OperationResult<ResultOf<typeof CreateWebhook>>, 'data' | 'error'>): Made => {
      if (error) return { problem: explain(error).message };
      const { webhook, secret, errors } = data?.change ?? {};
      return webhook && secret ? { webhook, secret } : { problem: errors?.[0]?.message ?? NOT_DONE };
    };
    return {
      create: async (name: string): Promise<Made> => made(await client.mutation(CreateWebhook, { name })),
      rotate: async ({ id }: Webhook): Promise<Made> => made(await client.mutation(RotateWebhook, { id })),
      revoke: async ({ id, name }: Webhook): Promise<string | null> => {
        const { data, error } = await client.mutation(RevokeWebhook, { id });
        if (error) return explain(error).message;
        if (!data?.change?.webhook) return data?.change?.errors[0]?.message ?? NOT_DONE;
        say(`“${name}” revoked.`);
        return null;
      },
    };
  }, [client]);
}
