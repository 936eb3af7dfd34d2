import type { CombinedError } from '@urql/core';
import type { Failure } from '@/ui/state/ErrorNotice';

/** A failed request in words for a person. */
export function explain(error: CombinedError): Failure {
  if (error.networkError) {
    return { message: 'The server cannot be reached. Check the connection and try again.' };
  }
  const refusal = error.graphQLErrors.find((each) => each.extensions?.code === 'FORBIDDEN');
  if (refusal) return { message: refusal.message, permission: String(refusal.extensions.permission ?? 'unknown') };
  return { message: error.graphQLErrors[0]?.message ?? error.message };
}
