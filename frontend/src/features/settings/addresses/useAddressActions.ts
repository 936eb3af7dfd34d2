import { useMemo } from 'react';
import { useClient } from 'urql';
import { say } from '@/app/undo/undo';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf } from '@/graphql/tada';
import {
  type AlertDeliveriesQuery,
  type AlertWebhookFragment,
  CreateAlertWebhook,
  RemoveAlertWebhook,
  RotateAlertWebhook,
  TestAlertWebhook,
} from './documents';

export type Address = ResultOf<typeof AlertWebhookFragment>;
export type Delivery = NonNullable<ResultOf<typeof AlertDeliveriesQuery>['alertDeliveries']>['items'][number];

/** Adding and rotating give the secret this once, the others what stood in the way, or null. */
export function useAddressActions() {
  const client = useClient();
  return useMemo(
    () => ({
      create: async (name: string, url: string): Promise<{ secret: string } | Problem> => {
        const answer = await client.mutation(CreateAlertWebhook, { name, url });
        const secret = answer.data?.change?.secret;
        return secret ? { secret } : problemOf(answer);
      },
      rotate: async ({ id }: Address): Promise<{ secret: string } | Problem> => {
        const answer = await client.mutation(RotateAlertWebhook, { id });
        const secret = answer.data?.change?.secret;
        return secret ? { secret } : problemOf(answer);
      },
      remove: async ({ id, name }: Address): Promise<string | null> => {
        const answer = await client.mutation(RemoveAlertWebhook, { id });
        if (!answer.data?.change?.alertWebhook) return problemOf(answer).message;
        say(`“${name}” is told of nothing any more.`);
        return null;
      },
      test: async ({ id }: Address): Promise<string | null> => {
        const answer = await client.mutation(TestAlertWebhook, { id });
        return answer.data?.change?.delivery ? null : problemOf(answer).message;
      },
    }),
    [client],
  );
}
