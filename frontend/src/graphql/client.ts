import { Client, fetchExchange } from '@urql/core';
import { createCache } from './cache';
import { named } from './documents';
import { createRenewal, type Renewal } from './renewal';
import { type Answer, CLIENT_HEADERS, ENDPOINT, isUnauthenticated, readAnswer } from './request';

type TokenSource = {
  accessToken: () => string | null;
  /** Renews the token; false when the person has to sign in again. */
  refresh: () => Promise<boolean>;
};

type Sent = { body: string; response: Response };

/**
 * fetch that signs each request; refused as unauthenticated it renews the token once and asks again, and where the
 * server wants the person confirmed first it has them asked (`confirm`) and sends it again.
 */
export function authorizedFetch(
  tokens: TokenSource,
  confirm: () => Promise<boolean> = async () => false,
  send: typeof fetch = (...request) => fetch(...request),
): typeof fetch {
  return async (input, init = {}) => {
    const signed = async (): Promise<Sent> => {
      const headers = new Headers(init.headers);
      const token = tokens.accessToken();
      if (token) headers.set('Authorization', `Bearer ${token}`);
      const response = await send(input, { ...init, headers });
      return { body: await response.text(), response };
    };
    let sent = await signed();
    if (says(sent, 'UNAUTHENTICATED') && isUnauthenticated(answerOf(sent).errors) && (await tokens.refresh())) {
      sent = await signed();
    }
    if (says(sent, 'STEP_UP_REQUIRED') && asksToConfirm(answerOf(sent)) && (await confirm())) sent = await signed();
    const { status, statusText, headers } = sent.response;
    return new Response(status === 304 ? null : sent.body, { status, statusText, headers });
  };
}

/** fetch that names the operation of a request instead of sending its text, as `named` says. */
export const namingFetch =
  (send: typeof fetch): typeof fetch =>
  async (input, init = {}) => {
    if (typeof init.body !== 'string') return send(input, init);
    const { query, ...rest } = JSON.parse(init.body) as { query: string };
    return send(input, { ...init, body: JSON.stringify({ ...(await named(query)), ...rest }) });
  };

/** Spares reading every answer twice. */
const says = ({ body }: Sent, code: string): boolean => body.includes(`"${code}"`);
const answerOf = ({ body, response }: Sent) => readAnswer<Record<string, unknown>>(body, response.status);

/** Whether a mutation was not done, or a field not told, because the person has to confirm who they are first. */
function asksToConfirm({ data, errors }: Answer<Record<string, unknown>>): boolean {
  const payloads = Object.values(data ?? {}) as ({ errors?: { code?: string }[] } | null)[];
  return (
    payloads.some((payload) => payload?.errors?.some(({ code }) => code === 'STEP_UP_REQUIRED')) ||
    errors.some(({ extensions }) => extensions?.code === 'STEP_UP_REQUIRED')
  );
}

export function createClient(tokens: TokenSource, confirm: () => Promise<boolean>): Client {
  const fetchOptions: RequestInit = { credentials: 'same-origin', headers: CLIENT_HEADERS };
  const renewal = createRenewal(ENDPOINT, fetchOptions, namingFetch(authorizedFetch(tokens, confirm)));
  const client = new Client({
    url: ENDPOINT,
    preferGetMethod: false,
    fetch: renewal.fetch,
    fetchOptions,
    exchanges: [createCache(), fetchExchange],
    requestPolicy: 'cache-and-network',
  });
  renewals.set(client, renewal);
  return client;
}

const renewals = new WeakMap<Client, Renewal>();
/** How the client asks again for what it has; undefined of a client that was not made here. */
export const renewalOf = (client: Client): Renewal | undefined => renewals.get(client);
