import { type DocumentNode, GraphQLError, type OperationDefinitionNode, parse } from 'graphql';

export type Reading = {
  document: DocumentNode | null;
  /** The operation that is meant: the only one, or the one the cursor stands in. */
  operation: OperationDefinitionNode | null;
  /** What keeps the text from being run, in words. */
  problem: string | null;
};

/** What a text holds, as far as it can be read while it is being written. `cursor` counts characters. */
export function read(text: string, cursor = 0): Reading {
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    const empty = text.trim() === '';
    const message = error instanceof GraphQLError ? error.message : 'The text cannot be read.';
    return { document: null, operation: null, problem: empty ? 'Write a query, or begin with an example.' : message };
  }
  const operations = document.definitions.filter((node) => node.kind === 'OperationDefinition');
  const at = operations.find(({ loc }) => loc && loc.start <= cursor && cursor <= loc.end);
  const operation = at ?? operations[0] ?? null;
  const problem = !operation
    ? 'There is no query in the text.'
    : operation.operation !== 'query'
      ? 'The explorer only reads: run a query, not a mutation.'
      : null;
  return { document, operation, problem };
}
