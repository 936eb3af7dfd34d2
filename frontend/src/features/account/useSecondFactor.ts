import { useMemo } from 'react';
import { useClient } from 'urql';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { ConfirmSecondFactor, RenewRecoveryCodes, StartSecondFactor, TurnOffSecondFactor } from './documents';

export type Problem = { message: string; field: string | null };
export type Enrolment = NonNullable<NonNullable<ResultOf<typeof StartSecondFactor>['change']>['enrolment']>;

export const NOT_DONE: Problem = { message: 'The server did not do it. Try again.', field: null };

/** Setting the authenticator app up and taking it away. Each gives what was asked for, or what stood in the way. */
export function useSecondFactor() {
  const client = useClient();
  return useMemo(
    () => ({
      start: async (): Promise<Enrolment | Problem> => {
        const { data, error } = await client.mutation(StartSecondFactor, {});
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.enrolment ?? data?.change?.errors[0] ?? NOT_DONE;
      },
      /** Recovery codes where it is the first second factor, else none. */
      confirm: async (code: string): Promise<string[] | Problem> => {
        const { data, error } = await client.mutation(ConfirmSecondFactor, { code });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.secondFactor ? (data.change.recoveryCodes ?? []) : (data?.change?.errors[0] ?? NOT_DONE);
      },
      renew: async (): Promise<string[] | Problem> => {
        const { data, error } = await client.mutation(RenewRecoveryCodes, {});
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.recoveryCodes ?? data?.change?.errors[0] ?? NOT_DONE;
      },
      turnOff: async (): Promise<Problem | null> => {
        const { data, error } = await client.mutation(TurnOffSecondFactor, {});
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.secondFactor ? null : (data?.change?.errors[0] ?? NOT_DONE);
      },
    }),
    [client],
  );
}
