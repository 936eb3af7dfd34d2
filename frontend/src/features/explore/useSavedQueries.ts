import type { OperationResult } from '@urql/core';
import { useMemo } from 'react';
import { useClient } from 'urql';
import { say, sayDone, sayProblem } from '@/app/undo/undo';
import { type Problem, problemOf } from '@/graphql/problem';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import {
  ChangeSavedQuery,
  CreateSavedQuery,
  DeleteSavedQuery,
  ExportSavedQuery,
  type SavedQueryFragment,
  ScheduleSavedQuery,
  UnscheduleSavedQuery,
} from './documents';

export type SavedQuery = ResultOf<typeof SavedQueryFragment>;
export type Schedule = SavedQuery['schedules'][number];
export type ScheduleInput = VariablesOf<typeof ScheduleSavedQuery>['input'];
type CreateInput = VariablesOf<typeof CreateSavedQuery>['input'];
type ChangeInput = VariablesOf<typeof ChangeSavedQuery>['input'];
type Changed = { change: { savedQuery: SavedQuery | null; errors: Problem[] } | null };
type Saved = { saved: SavedQuery } | { problem: Problem };

const savedOf = (answer: OperationResult<Changed>): Saved => {
  const saved = answer.data?.change?.savedQuery;
  return saved ? { saved } : { problem: problemOf(answer) };
};

/** Keeping, changing, deleting and scheduling queries; a deletion can be undone. */
export function useSavedQueries() {
  const client = useClient();
  return useMemo(() => {
    const create = async (input: CreateInput) => savedOf(await client.mutation<Changed>(CreateSavedQuery, { input }));
    return {
      create,
      change: async (id: string, input: ChangeInput) =>
        savedOf(await client.mutation<Changed>(ChangeSavedQuery, { id, input })),
      remove: async ({ id, name, description, text, variables, shared }: SavedQuery, onDone: () => void) => {
        const answer = await client.mutation(DeleteSavedQuery, { id });
        if (!answer.data?.change?.savedQuery) return void sayProblem(problemOf(answer).message);
        onDone();
        sayDone(`“${name}” deleted`, async () => {
          const again = await create({ name, description, text, variables, shared });
          if ('problem' in again) sayProblem(again.problem.message);
        });
      },
      schedule: async (id: string, input: ScheduleInput) => {
        const answer = savedOf(await client.mutation<Changed>(ScheduleSavedQuery, { id, input }));
        if ('saved' in answer) say(`“${answer.saved.name}” is scheduled. Each file will stand under Exports.`);
        return answer;
      },
      unschedule: async (id: string) => {
        const answer = savedOf(await client.mutation<Changed>(UnscheduleSavedQuery, { id }));
        if ('saved' in answer) say(`“${answer.saved.name}” is not scheduled any more.`);
        return answer;
      },
      exportNow: async (id: string, kind: ScheduleInput['kind']): Promise<Problem | null> => {
        const answer = await client.mutation(ExportSavedQuery, { id, kind });
        const made = answer.data?.change?.export;
        if (!made) return problemOf(answer);
        say(`“${made.title}” is being made. It will wait for you under Exports, at the top of the page.`);
        return null;
      },
    };
  }, [client]);
}
