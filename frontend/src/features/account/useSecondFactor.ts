import { useMemo } from 'react';
import { useClient } from 'urql';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { ConfirmSecondFactor, RenewRecoveryCodes, StartSecondFactor, TurnOffSecondFactor } from './documents';

export type Enrolment = NonNullable<NonNullable<ResultOf<typeof StartSecondFactor>['change']>['enrolment']>;
type Proof = VariablesOf<typeof TurnOffSecondFactor>['input'];

/** Setting the second factor up and taking it away. Each gives what was asked for, or what stood in the way. */
export function useSecondFactor() {
  const client = useClient();
  return useMemo(
    () => ({
      start: async (password: string): Promise<Enrolment | Problem> => {
        const answer = await client.mutation(StartSecondFactor, { password });
        return answer.data?.change?.enrolment ?? problemOf(answer);
      },
      confirm: async (code: string): Promise<string[] | Problem> => {
        const answer = await client.mutation(ConfirmSecondFactor, { code });
        return answer.data?.change?.recoveryCodes ?? problemOf(answer);
      },
      renew: async (input: Proof): Promise<string[] | Problem> => {
        const answer = await client.mutation(RenewRecoveryCodes, { input });
        return answer.data?.change?.recoveryCodes ?? problemOf(answer);
      },
      turnOff: async (input: Proof): Promise<Problem | null> => {
        const answer = await client.mutation(TurnOffSecondFactor, { input });
        return answer.data?.change?.secondFactor ? null : problemOf(answer);
      },
    }),
    [client],
  );
}
