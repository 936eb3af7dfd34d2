import type { OperationResult } from '@urql/core';
import { useMemo } from 'react';
import { useClient } from 'urql';
import { sayDone, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { ForgetSourceMapping, RestoreSourceMapping } from './documents';

type Changed = { change: { errors: readonly { message: string }[] } | null };

const problemOf = ({ error, data }: OperationResult<Changed>): string | undefined =>
  error ? explain(error).message : data?.change?.errors[0]?.message;

/** Forgets a mapping by its id, and offers to undo that. */
export function useForgetting() {
  const client = useClient();
  return useMemo(
    () => async (id: string) => {
      const problem = problemOf(await client.mutation<Changed>(ForgetSourceMapping, { id }));
      if (problem) return void sayProblem(problem);
      sayDone('The mapping is forgotten. What was read with it stays.', async () => {
        const again = problemOf(await client.mutation<Changed>(RestoreSourceMapping, { id }));
        if (again) sayProblem(again);
      });
    },
    [client],
  );
}
