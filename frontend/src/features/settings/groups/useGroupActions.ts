import type { OperationResult } from '@urql/core';
import { useMemo } from 'react';
import { useClient } from 'urql';
import { sayDone, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import {
  RemoveServiceGroup,
  RestoreServiceGroups,
  SaveServiceGroup,
  ServiceGroupPreviewQuery,
  type ServiceGroupsQuery,
} from './documents';

export type ServiceGroup = NonNullable<ResultOf<typeof ServiceGroupsQuery>['serviceGroups']>[number];
export type Edit = NonNullable<ResultOf<typeof ServiceGroupsQuery>['serviceGroupEdits']>[number];
export type Preview = NonNullable<ResultOf<typeof ServiceGroupPreviewQuery>['serviceGroupPreview']>;
export type Problem = { message: string; field: string | null };

type Changed = {
  change: {
    edit: { id: string; summary: string } | null;
    errors: readonly { field: string | null; message: string }[];
  } | null;
};

function problemOf({ error, data }: OperationResult<Changed>): Problem | null {
  if (error) return { message: explain(error).message, field: null };
  const problem = data?.change?.errors[0];
  return problem ? { message: problem.message, field: problem.field } : null;
}

/** Trying, changing, removing and restoring groups; a problem is given back for its field, and all can be undone. */
export function useGroupActions() {
  const client = useClient();
  return useMemo(() => {
    const done = ({ data }: OperationResult<Changed>) => {
      const edit = data?.change?.edit;
      if (!edit) return;
      sayDone(`${edit.summary}. Claims of the past are being moved.`, async () => {
        const again = problemOf(await client.mutation<Changed>(RestoreServiceGroups, { editId: edit.id }));
        if (again) sayProblem(again.message);
      });
    };
    const carryOut = async (mutation: Promise<OperationResult<Changed>>): Promise<Problem | null> => {
      const answer = await mutation;
      const problem = problemOf(answer);
      if (!problem) done(answer);
      return problem;
    };
    return {
      preview: async (id: string | null, codes: string | null): Promise<Preview | Problem> => {
        const { data, error } = await client.query(
          ServiceGroupPreviewQuery,
          { id, codes },
          { requestPolicy: 'network-only' },
        );
        if (error) return { message: explain(error).message, field: null };
        const preview = data?.serviceGroupPreview;
        return preview?.errors[0] ?? preview ?? { message: 'The server gave no answer. Try again.', field: null };
      },
      save: (id: string | null, name: string, codes: string) =>
        carryOut(client.mutation<Changed>(SaveServiceGroup, { id, name, codes }).toPromise()),
      remove: (id: string) => carryOut(client.mutation<Changed>(RemoveServiceGroup, { id }).toPromise()),
      restore: async (editId: string) => {
        const problem = await carryOut(client.mutation<Changed>(RestoreServiceGroups, { editId }).toPromise());
        if (problem) sayProblem(problem.message);
      },
    };
  }, [client]);
}

export const isPreview = (answer: Preview | Problem): answer is Preview => 'moves' in answer;
