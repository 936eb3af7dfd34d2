import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLError, graphql } from 'graphql';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';

const schema = buildSchema(readFileSync(`${process.cwd()}/../schema.graphql`, 'utf8'));

export const server = setupServer();

export type Operation = { name: string | undefined; query: string; variables: Record<string, unknown> };

/** Resolvers of root fields, as graphql-js's rootValue takes them. */
export type Root = Record<string, unknown>;

/**
 * Answers GraphQL requests from the checked-in schema with these root values, so that every query a test makes is
 * also checked against what the server offers. Returns the operations it has answered.
 */
export function serveApi(root: Root): Operation[] {
  const operations: Operation[] = [];
  server.use(
    http.post('*/graphql/', async ({ request }) => {
      const { query, variables, file } = await readRequest(request);
      operations.push({ name: /(?:query|mutation) (\w+)/.exec(query)?.[1], query, variables });
      const answer = await graphql({
        schema,
        source: query,
        rootValue: root,
        variableValues: file ? { file } : variables,
      });
      for (const error of answer.errors ?? []) if (isMistake(error)) throw error;
      return HttpResponse.json(answer as unknown as Record<string, unknown>);
    }),
  );
  return operations;
}

/** Errors a resolver did not mean to answer with: a query the schema does not know, a fixture without a field. */
const isMistake = (error: GraphQLError): boolean => error.extensions.code === undefined;

async function readRequest(request: Request) {
  if (request.headers.get('content-type')?.startsWith('multipart/')) {
    const form = await request.formData();
    const { query, variables } = JSON.parse(String(form.get('operations')));
    return { query, variables, file: form.get('0') as File };
  }
  const { query, variables = {} } = (await request.json()) as { query: string; variables?: Record<string, unknown> };
  return { query, variables, file: null };
}
