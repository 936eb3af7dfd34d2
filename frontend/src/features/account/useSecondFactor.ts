import { useMemo } from 'react';
import { useClient } from 'urql';
import { explain } from '@/graphql/failure';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { ConfirmSecondFactor, RenewRecoveryCodes, StartSecondFactor, TurnOffSecondFactor } from './documents';

export type Problem = { message: string; field: string | null };
export type Enrolment = NonNullable<NonNullable<ResultOf<typeof StartSecondFactor>['change']>['enrolment']>;
type Proof = VariablesOf<typeof TurnOffSecondFactor>['input'];

const NOT_DONE: Problem = { message: 'The server did not do it. Try again.', field: null };

/** Setting the second factor up and taking it away. Each gives what was asked for, or what stood in the way. */
export function useSecondFactor() {
  const client = useClient();
  return useMemo(
    () => ({
      start: async (password: string): Promise<Enrolment | Problem> => {
        const { data, error } = await client.mutation(StartSecondFactor, { password });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.enrolment ?? data?.change?.errors[0] ?? NOT_DONE;
      },
      confirm: async (code: string): Promise<string[] | Problem> => {
        const { data, error } = await client.mutation(ConfirmSecondFactor, { code });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.recoveryCodes ?? data?.change?.errors[0] ?? NOT_DONE;
      },
      renew: async (input: Proof): Promise<string[] | Problem> => {
        const { data, error } = await client.mutation(RenewRecoveryCodes, { input });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.recoveryCodes ?? data?.change?.errors[0] ?? NOT_DONE;
      },
      turnOff: async (input: Proof): Promise<Problem | null> => {
        const { data, error } = await client.mutation(TurnOffSecondFactor, { input });
        if (error) return { message: explain(error).message, field: null };
        return data?.change?.secondFactor ? null : (data?.change?.errors[0] ?? NOT_DONE);
      },
    }),
    [client],
  );
}
