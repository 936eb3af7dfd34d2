import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { useMemo } from 'react';
import { useSession } from '@/app/session/SessionContext';
import { authorizedFetch } from '@/graphql/client';
import { CLIENT_HEADERS, ENDPOINT, type GraphQLProblem, readAnswer } from '@/graphql/request';

type Located = GraphQLProblem & { locations?: { line: number; column: number }[] };
export type Outcome = {
  data: Record<string, unknown> | null;
  errors: Located[];
  /** From sending to having read it. */
  milliseconds: number;
  body: string;
};
type Question = { query: string; variables?: Record<string, unknown>; operationName?: string };

/** Sends texts that people wrote, outside the cache; they go as they stand, for no application registered them. */
export function useAsking() {
  const session = useSession();
  return useMemo(() => {
    const send = authorizedFetch(session);
    const ask = async (question: Question, signal?: AbortSignal): Promise<Outcome> => {
      const begun = performance.now();
      const response = await send(ENDPOINT, {
        method: 'POST',
        credentials: 'same-origin',
        // Without the newer type of answers, so that a mistake in a query is no failed request to the browser.
        headers: { ...CLIENT_HEADERS, Accept: 'application/json', 'Content-Type': 'application/json' },
        body: JSON.stringify(question),
        signal,
      });
      const body = await response.text();
      const { data, errors } = readAnswer<Record<string, unknown>>(body, response.status);
      return { data, errors, milliseconds: performance.now() - begun, body };
    };
    return { ask, send };
  }, [session]);
}

type Ask = ReturnType<typeof useAsking>['ask'];
let known: Promise<GraphQLSchema> | null = null;

/** The schema as the server tells it to who may ask about it; asked for once. */
export function schemaFrom(ask: Ask): Promise<GraphQLSchema> {
  known ??= ask({ query: getIntrospectionQuery() }).then(({ data, errors }) => {
    if (!data) throw new Error(errors[0]?.message ?? 'The server did not tell the schema.');
    return buildClientSchema(data as unknown as IntrospectionQuery);
  });
  known.catch(() => {
    known = null;
  });
  return known;
}
