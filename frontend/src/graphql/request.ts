import type { TadaDocumentNode } from 'gql.tada';
import { named, textOf } from './documents';

export const ENDPOINT = '/graphql/';

/** Every request carries the client's name; the API asks for it on file uploads, as a form on another site cannot set it. */
export const CLIENT_HEADERS = {
  Accept: 'application/graphql-response+json, application/json',
  'X-Upstream-Client': 'spa',
} as const;

export type GraphQLProblem = { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> };
export type Answer<Data> = { data: Data | null; errors: GraphQLProblem[] };

/** One plain request, outside the cache. Rejects when the server cannot be reached or does not answer in GraphQL. */
export async function post<Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  token: string | null = null,
  send: typeof fetch = (...request) => fetch(...request),
): Promise<Answer<Data>> {
  const response = await send(ENDPOINT, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      ...CLIENT_HEADERS,
      'Content-Type': 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ ...(await named(textOf(document))), variables }),
  });
  return readAnswer(await response.text(), response.status);
}

/** The GraphQL answer in a response body; an answer that is not one becomes an error naming the status. */
export function readAnswer<Data>(body: string, status: number): Answer<Data> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new Error(`The server answered ${status} without an explanation.`);
  }
  if (typeof parsed !== 'object' || parsed === null || !('data' in parsed || 'errors' in parsed)) {
    throw new Error(`The server answered ${status} without an explanation.`);
  }
  const answer = parsed as { data?: Data | null; errors?: GraphQLProblem[] };
  return { data: answer.data ?? null, errors: answer.errors ?? [] };
}

export function isUnauthenticated(errors: readonly GraphQLProblem[]): boolean {
  return errors.some((error) => error.extensions?.code === 'UNAUTHENTICATED');
}
