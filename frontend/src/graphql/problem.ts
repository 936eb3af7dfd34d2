import type { CombinedError } from 'urql';
import { explain } from './failure';
import { graphql } from './tada';

/** Why a mutation did not do what was asked. */
export const ProblemFragment = graphql(`
  fragment ProblemFields on Problem @_unmask {
    code
    field
    message
  }
`);

export type Problem = { field: string | null; message: string };

type Answer = { error?: CombinedError; data?: { change: { errors: Problem[] } | null } | null };

/** What stood in the way of a mutation asked for as `change`, where its thing did not come back. */
export function problemOf({ error, data }: Answer): Problem {
  if (error) return { message: explain(error).message, field: null };
  return data?.change?.errors[0] ?? { message: 'The server did not do it. Try again.', field: null };
}
