import type { TadaDocumentNode } from 'gql.tada';
import { useClient } from 'urql';
import { renewalOf } from './client';

/** Asks a query again, for polling: what is on screen is drawn anew only where the answer has become another. */
export function useRenewal<Data, Variables>(
  query: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  ask: (options: { requestPolicy: 'network-only' }) => void,
): () => void {
  const client = useClient();
  return () => {
    const changed = renewalOf(client)?.changed(query, variables) ?? Promise.resolve(true);
    void changed.then((answer) => answer && ask({ requestPolicy: 'network-only' }));
  };
}
