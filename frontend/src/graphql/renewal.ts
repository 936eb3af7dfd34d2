import { type AnyVariables, createRequest, formatDocument, stringifyVariables } from '@urql/core';
import { makeFetchBody } from '@urql/core/internal';
import type { TadaDocumentNode } from 'gql.tada';

/** How many answers' tags are kept; a page polls one or two. */
const MOST = 20;

export type Renewal = {
  /** fetch for the client, which notes the tag of each answer and takes what `changed` has just been given. */
  fetch: typeof fetch;
  /** Whether the server answers otherwise than the last time; without a last time, or when it is not reached, it may. */
  changed: <Data, Variables>(query: TadaDocumentNode<Data, Variables>, variables: Variables) => Promise<boolean>;
};

/**
 * Asks again for what a page shows, by the tag (`ETag`) of the answer it has. Browsers keep no answers to POST, so the
 * page holds tags by request; the answers themselves are in the client's cache.
 */
export function createRenewal(url: string, options: RequestInit, send: typeof fetch): Renewal {
  const tags = new Map<string, string>();
  const given = new Map<string, Response>();

  const sent = async (input: RequestInfo | URL, init: RequestInit, headers?: Headers): Promise<Response> => {
    const response = await send(input, headers ? { ...init, headers } : init);
    const tag = response.headers.get('ETag');
    if (typeof init.body !== 'string') return response;
    tags.delete(init.body);
    if (tag) tags.set(init.body, tag);
    for (const oldest of [...tags.keys()].slice(0, -MOST)) tags.delete(oldest);
    return response;
  };

  return {
    fetch: async (input, init = {}) => {
      const answer = given.get(String(init.body));
      given.delete(String(init.body));
      return answer ?? sent(input, init);
    },
    changed: async (query, variables) => {
      const request = createRequest(query, variables as AnyVariables);
      const body = stringifyVariables(makeFetchBody({ ...request, query: formatDocument(request.query) }));
      const tag = tags.get(body);
      if (!tag) return true;
      const headers = new Headers(options.headers);
      headers.set('Content-Type', 'application/json');
      headers.set('If-None-Match', tag);
      try {
        const response = await sent(url, { ...options, method: 'POST', body }, headers);
        if (response.status === 304) return false;
        given.set(body, response);
      } catch {
        // The client asks once more, and says what stands in the way.
      }
      return true;
    },
  };
}
