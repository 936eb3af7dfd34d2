import { useMemo } from 'react';
import { useClient } from 'urql';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf } from '@/graphql/tada';
import { ConfirmSecondFactor, RenewRecoveryCodes, StartSecondFactor, TurnOffSecondFactor } from './documents';

export type Enrolment = NonNullable<NonNullable<ResultOf<typeof StartSecondFactor>['change']>['enrolment']>;

/** Setting the authenticator app up and taking it away. Each gives what was asked for, or what stood in the way. */
export function useSecondFactor() {
  const client = useClient();
  return useMemo(
    () => ({
      start: async (): Promise<Enrolment | Problem> => {
        const answer = await client.mutation(StartSecondFactor, {});
        return answer.data?.change?.enrolment ?? problemOf(answer);
      },
      /** Recovery codes where it is the first second factor, else none. */
      confirm: async (code: string): Promise<string[] | Problem> => {
        const answer = await client.mutation(ConfirmSecondFactor, { code });
        const change = answer.data?.change;
        return change?.secondFactor ? (change.recoveryCodes ?? []) : problemOf(answer);
      },
      renew: async (): Promise<string[] | Problem> => {
        const answer = await client.mutation(RenewRecoveryCodes, {});
        return answer.data?.change?.recoveryCodes ?? problemOf(answer);
      },
      turnOff: async (): Promise<Problem | null> => {
        const answer = await client.mutation(TurnOffSecondFactor, {});
        return answer.data?.change?.secondFactor ? null : problemOf(answer);
      },
    }),
    [client],
  );
}
