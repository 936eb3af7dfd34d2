import { Client, fetchExchange } from '@urql/core';
import { createCache } from './cache';
import { CLIENT_HEADERS, ENDPOINT, isUnauthenticated, readAnswer } from './request';

type TokenSource = {
  accessToken: () => string | null;
  /** Renews the token; false when the person has to sign in again. */
  refresh: () => Promise<boolean>;
};

/** fetch that signs each request and, refused as unauthenticated, renews the token once and asks again. */
export function authorizedFetch(
  tokens: TokenSource,
  send: typeof fetch = (...request) => fetch(...request),
): typeof fetch {
  const signed = (input: RequestInfo | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    const token = tokens.accessToken();
    if (token) headers.set('Authorization', `Bearer ${token}`);
    return send(input, { ...init, headers });
  };
  return async (input, init) => {
    const response = await signed(input, init);
    const body = await response.text();
    if (body.includes('"UNAUTHENTICATED"') && isUnauthenticated(readAnswer(body, response.status).errors)) {
      if (await tokens.refresh()) return signed(input, init);
    }
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
  };
}

export function createClient(tokens: TokenSource): Client {
  return new Client({
    url: ENDPOINT,
    preferGetMethod: false,
    fetch: authorizedFetch(tokens),
    fetchOptions: { credentials: 'same-origin', headers: CLIENT_HEADERS },
    exchanges: [createCache(), fetchExchange],
    requestPolicy: 'cache-and-network',
  });
}
