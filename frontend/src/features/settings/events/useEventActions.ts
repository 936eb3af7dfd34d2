import type { OperationResult } from '@urql/core';
import { useMemo } from 'react';
import { useClient } from 'urql';
import { say, sayDone, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { CreateKnownEvent, DeleteKnownEvent, type KnownEventFragment, UpdateKnownEvent } from './documents';

export type KnownEvent = ResultOf<typeof KnownEventFragment>;
export type EventInput = VariablesOf<typeof CreateKnownEvent>['input'];
type Problem = { message: string; field: string | null };

type Changed = {
  change: { event: KnownEvent | null; errors: readonly { field: string | null; message: string }[] } | null;
};

function problemOf({ error, data }: OperationResult<Changed>): Problem | null {
  if (error) return { message: explain(error).message, field: null };
  const problem = data?.change?.errors[0];
  return problem ? { message: problem.message, field: problem.field } : null;
}

export const inputOf = ({ kind, title, note, payer, serviceGroup, firstDay, lastDay }: KnownEvent): EventInput => ({
  kind,
  title,
  note,
  firstDay,
  lastDay,
  payerId: payer?.id ?? null,
  serviceGroupId: serviceGroup?.id ?? null,
});

/** Adding, changing and deleting events; a problem is given back for its field, a deletion can be undone. */
export function useEventActions() {
  const client = useClient();
  return useMemo(
    () => ({
      save: async (input: EventInput, id: string | null): Promise<Problem | null> => {
        const answer =
          id === null
            ? await client.mutation<Changed>(CreateKnownEvent, { input })
            : await client.mutation<Changed>(UpdateKnownEvent, { id, input });
        const problem = problemOf(answer);
        if (!problem) say(id === null ? 'Event added.' : 'Event changed.');
        return problem;
      },
      remove: async ({ id, title }: KnownEvent): Promise<void> => {
        const answer = await client.mutation<Changed>(DeleteKnownEvent, { id });
        const problem = problemOf(answer);
        const deleted = answer.data?.change?.event;
        if (problem || !deleted) return void sayProblem(problem?.message ?? 'The event could not be deleted.');
        sayDone(`“${title}” deleted`, async () => {
          const again = problemOf(await client.mutation<Changed>(CreateKnownEvent, { input: inputOf(deleted) }));
          if (again) sayProblem(again.message);
        });
      },
    }),
    [client],
  );
}
