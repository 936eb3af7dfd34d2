import type { OperationResult } from '@urql/core';
import { useMemo } from 'react';
import { useClient } from 'urql';
import { sayDone, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { KeepLocationsApart, type LocationsQuery, MergeLocations, PartLocation } from './documents';

export type Location = NonNullable<ResultOf<typeof LocationsQuery>['locations']>[number];
export type Suggestion = NonNullable<ResultOf<typeof LocationsQuery>['locationSuggestions']>[number];

type Changed = { change: { errors: readonly { message: string }[] } | null };

const problemOf = ({ error, data }: OperationResult<Changed>): string | undefined =>
  error ? explain(error).message : data?.change?.errors[0]?.message;

/** Making locations one and parting them, each undone by the other; a problem is given back. */
export function useLocationActions() {
  const client = useClient();
  return useMemo(() => {
    const merge = (name: string, into: string) =>
      client.mutation<Changed>(MergeLocations, { name, into }).toPromise().then(problemOf);
    const part = (alias: string) => client.mutation<Changed>(PartLocation, { alias }).toPromise().then(problemOf);
    const sayUnless = (problem: string | undefined) => {
      if (problem) sayProblem(problem);
    };
    return {
      merge: async (name: string, into: string): Promise<string | undefined> => {
        const problem = await merge(name, into);
        if (!problem)
          sayDone(`${name} is ${into} from now on. Claims of the past are being moved.`, () =>
            part(name).then(sayUnless),
          );
        return problem;
      },
      part: async (alias: string, means: string): Promise<void> => {
        const problem = await part(alias);
        if (problem) return void sayProblem(problem);
        sayDone(`${alias} is a location of its own again.`, () => merge(alias, means).then(sayUnless));
      },
      keepApart: async (name: string, other: string): Promise<void> =>
        sayUnless(await client.mutation<Changed>(KeepLocationsApart, { name, other }).toPromise().then(problemOf)),
    };
  }, [client]);
}
