import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { authorizedFetch } from '@/graphql/client';
import { ENDPOINT } from '@/graphql/request';
import { serveApi, server } from '../../../tests/api';
import { EVERYTHING, sessionPayload, viewer } from '../../../tests/fixtures';
import { aloneTab } from '../../../tests/renderApp';
import { touch } from './idle';
import { createSession } from './session';
import type { SessionNews, Tabs } from './tabs';

const refused = {
  session: null,
  viewer: null,
  secondFactors: [],
  errors: [{ code: 'UNAUTHENTICATED', field: null, message: 'Sign in.' }],
};

/** Tabs of one browser: they take turns and hear each other. */
function browser(): () => Tabs {
  const ears: { owner: symbol; hear: (news: SessionNews) => void }[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  return () => {
    const owner = Symbol('tab');
    return {
      inTurn: (task) => {
        const turn = queue.then(task);
        queue = turn.catch(() => undefined);
        return turn;
      },
      tell: (news) => {
        for (const ear of ears) if (ear.owner !== owner) ear.hear(news);
      },
      listen: (hear) => ears.push({ owner, hear }),
    };
  };
}

describe('renewing the session', () => {
  it('is asked once, however many need it at the same time', async () => {
    const operations = serveApi({ refreshSession: () => sessionPayload() });
    const session = createSession(aloneTab());
    const outcomes = await Promise.all([session.refresh(), session.refresh(), session.refresh()]);
    expect(outcomes).toEqual([true, true, true]);
    expect(operations).toHaveLength(1);
  });

  it('is asked once over all tabs: those that waited take what the first was given', async () => {
    let given = 0;
    const operations = serveApi({ refreshSession: () => sessionPayload(EVERYTHING, `token-${++given}`) });
    const tab = browser();
    const [one, two] = [createSession(tab()), createSession(tab())];
    await Promise.all([one.refresh(), two.refresh()]);
    expect(operations).toHaveLength(1);
    expect([one.accessToken(), two.accessToken()]).toEqual(['token-1', 'token-1']);
  });

  it('signs out when the server refuses, and says that the session ended if there was one', async () => {
    let answer: unknown = refused;
    serveApi({ refreshSession: () => answer });
    const fresh = createSession(aloneTab());
    await fresh.start();
    expect(fresh.get()).toEqual({ status: 'signed-out', reason: null });

    answer = sessionPayload();
    const ended = createSession(aloneTab());
    await ended.start();
    answer = refused;
    expect(await ended.refresh()).toBe(false);
    expect(ended.get()).toEqual({ status: 'signed-out', reason: 'expired' });
    expect(ended.accessToken()).toBeNull();
  });

  it('tells an unreachable server from a refusal', async () => {
    const session = createSession(aloneTab());
    server.use(http.post('*/graphql/', () => HttpResponse.error()));
    await session.start();
    expect(session.get().status).toBe('unreachable');
  });
});

describe('how long nobody has touched a page', () => {
  it('is told whenever the session is renewed, and opening a page is a touch', async () => {
    const operations = serveApi({ refreshSession: () => sessionPayload() });
    const session = createSession(aloneTab());
    touch(Date.now() - 3_600_000);
    await session.start();
    touch(Date.now() - 540_000);
    await session.refresh();
    expect(operations.map(({ variables }) => variables)).toEqual([{ idleSeconds: 0 }, { idleSeconds: 540 }]);
  });
});

describe('signing in and out', () => {
  it('hands the reason of a refusal on', async () => {
    serveApi({ signIn: () => ({ ...refused, errors: [{ ...refused.errors[0], message: 'Wrong password.' }] }) });
    const session = createSession(aloneTab());
    expect(await session.signIn({ email: 'a@b.example', password: 'x' })).toEqual({
      type: 'problem',
      message: 'Wrong password.',
      over: false,
    });
    expect(session.accessToken()).toBeNull();
  });

  it('signs every tab in and out together', async () => {
    serveApi({ signIn: () => sessionPayload(), signOut: () => ({ ok: true, errors: [] }) });
    const tab = browser();
    const [one, two] = [createSession(tab()), createSession(tab())];
    expect(await one.signIn({ email: 'a@b.example', password: 'right' })).toEqual({ type: 'signed-in' });
    expect(two.get()).toMatchObject({ status: 'signed-in', viewer: { name: 'Dana Whitfield' } });
    await two.signOut('idle');
    expect(one.get()).toEqual({ status: 'signed-out', reason: 'idle' });
    expect(one.accessToken()).toBeNull();
  });
});

describe('signing in with a second factor', () => {
  it('takes a code after the password, and says when the password has to come again', async () => {
    const problem = (code: string) => ({ ...refused, errors: [{ code, field: 'code', message: 'No.' }] });
    let answer: unknown = problem('INVALID');
    const operations = serveApi({
      signIn: () => ({ session: null, viewer: null, challenge: 'signed', secondFactors: ['APP'], errors: [] }),
      confirmSignIn: () => answer,
    });
    const session = createSession(aloneTab());
    const first = await session.signIn({ email: 'a@b.example', password: 'right' });
    expect(first).toEqual({ type: 'challenge', challenge: 'signed', ways: ['APP'] });
    expect(session.accessToken()).toBeNull();
    expect(await session.confirm('signed', '000000')).toEqual({ type: 'problem', message: 'No.', over: false });
    answer = problem('EXPIRED');
    expect(await session.confirm('signed', '000000')).toMatchObject({ over: true });
    answer = sessionPayload();
    expect(await session.confirm('signed', '123456')).toEqual({ type: 'signed-in' });
    expect(session.accessToken()).toBe('token-1');
    expect(operations.at(-1)?.variables).toEqual({ input: { challenge: 'signed', code: '123456' } });
  });
});

describe('signed requests', () => {
  it('renew a refused token once and ask again with the new one', async () => {
    const seen: (string | null)[] = [];
    const send = async (_: unknown, init?: RequestInit) => {
      const token = new Headers(init?.headers).get('Authorization');
      seen.push(token);
      const refusal = { data: null, errors: [{ message: 'Expired.', extensions: { code: 'UNAUTHENTICATED' } }] };
      return Response.json(token === 'Bearer new' ? { data: { viewer: viewer(EVERYTHING) } } : refusal);
    };
    let token = 'old';
    const tokens = {
      accessToken: () => token,
      refresh: async () => {
        token = 'new';
        return true;
      },
    };
    const response = await authorizedFetch(
      tokens,
      async () => false,
      send as typeof fetch,
    )(ENDPOINT, { method: 'POST' });
    expect(await response.json()).toHaveProperty('data.viewer.id', 'u1');
    expect(seen).toEqual(['Bearer old', 'Bearer new']);
  });

  it('give the refusal back when there is no renewing', async () => {
    let sent = 0;
    const send = async () => {
      sent += 1;
      return Response.json({ data: null, errors: [{ message: 'No.', extensions: { code: 'UNAUTHENTICATED' } }] });
    };
    const tokens = { accessToken: () => null, refresh: async () => false };
    const response = await authorizedFetch(tokens, async () => false, send as typeof fetch)(ENDPOINT);
    expect(await response.json()).toHaveProperty('errors');
    expect(sent).toBe(1);
  });

  it.each([
    { data: { change: { errors: [{ code: 'STEP_UP_REQUIRED', message: 'Confirm.' }] } } },
    { data: { link: null }, errors: [{ message: 'Confirm.', extensions: { code: 'STEP_UP_REQUIRED' } }] },
  ])('that need the person confirmed are sent again once they have, else given back', async (refusal) => {
    const tokens = { accessToken: () => 'token', refresh: async () => false };
    let confirmed = false;
    const send = async () => Response.json(confirmed ? { data: { change: { errors: [] } } } : refusal);
    const asked = (answer: boolean) =>
      authorizedFetch(
        tokens,
        async () => {
          confirmed = answer;
          return answer;
        },
        send as typeof fetch,
      )(ENDPOINT);
    expect(await (await asked(false)).json()).toEqual(refusal);
    expect(await (await asked(true)).json()).toEqual({ data: { change: { errors: [] } } });
  });
});
