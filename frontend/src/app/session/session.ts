import { type GraphQLProblem, isUnauthenticated, post } from '@/graphql/request';
import type { SecondFactorWay } from '@/graphql/tada';
import { createStore, type Store } from '@/lib/store';
import {
  ConfirmSignIn,
  RefreshSession,
  type SessionAnswer,
  SignIn,
  SignOut,
  SwitchOrganization,
  type Viewer,
} from './documents';
import { idleSeconds, touch } from './idle';
import { type SessionNews, type Tabs, tabs as thisBrowsersTabs } from './tabs';

export type SignedOutReason = 'idle' | 'expired' | 'signed-out' | null;

type SessionState =
  | { status: 'starting' }
  | { status: 'unreachable'; message: string }
  | { status: 'signed-out'; reason: SignedOutReason }
  | { status: 'signed-in'; viewer: Viewer };

type Credentials = { email: string; password: string; organizationId?: string };

/** The right password was given; `ways` says what may follow it, besides a recovery code. */
export type SecondStep = { challenge: string; ways: readonly SecondFactorWay[] };

/** Signed in, or a second factor has to follow the password, or what went wrong, in words. */
export type SignInOutcome = { type: 'signed-in' } | ({ type: 'challenge' } & SecondStep) | SignInProblem;
type SignInProblem = {
  type: 'problem';
  message: string;
  /** Nothing can follow the password any more: it has to be given again. */
  over: boolean;
};
type Asked = {
  answer:
    | (SessionAnswer & { challenge?: string | null; secondFactors?: readonly SecondFactorWay[] })
    | null
    | undefined;
  errors: GraphQLProblem[];
};

export type Session = Store<SessionState> & {
  accessToken: () => string | null;
  start: () => Promise<void>;
  refresh: () => Promise<boolean>;
  signIn: (credentials: Credentials) => Promise<SignInOutcome>;
  /** The second step, where the first one resolved to a challenge. */
  confirm: (challenge: string, code: string) => Promise<SignInOutcome>;
  /** Asks for a session in another way, and takes over what is answered. */
  adopt: (ask: () => Promise<Asked>) => Promise<SignInOutcome>;
  /** Resolves to what went wrong, in words, or null. */
  switchOrganization: (organizationId: string) => Promise<string | null>;
  signOut: (reason: SignedOutReason) => Promise<void>;
};

const RENEW_BEFORE_EXPIRY_MS = 60_000;
const SHORTEST_RENEWAL_MS = 15_000;
const LONGEST_RENEWAL_MS = 3_600_000; // timers overflow after 24 days and would then fire at once

type Said = { code?: string; message: string };

export const problemOf = (refusal: Said | undefined, failure: Said | undefined): SignInProblem => ({
  type: 'problem',
  message: (refusal ?? failure)?.message ?? 'Try again.',
  over: refusal?.code === 'EXPIRED',
});

/**
 * The session of this tab. The access token lives in memory only; the refresh token is an httpOnly cookie all tabs
 * share and each use of it replaces it, so the tabs take turns (a lock) and tell each other the outcome.
 */
export function createSession(tabs: Tabs = thisBrowsersTabs()): Session {
  const store = createStore<SessionState>({ status: 'starting' });
  let token: string | null = null;
  let renewal: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<boolean> | null = null;

  function signedIn(news: Extract<SessionNews, { type: 'signed-in' }>) {
    token = news.accessToken;
    const current = store.get();
    const same = current.status === 'signed-in' && JSON.stringify(current.viewer) === JSON.stringify(news.viewer);
    if (!same) store.set({ status: 'signed-in', viewer: news.viewer });
    clearTimeout(renewal);
    const left = Date.parse(news.expiresAt) - Date.now() - RENEW_BEFORE_EXPIRY_MS;
    const wait = Math.min(Math.max(left, SHORTEST_RENEWAL_MS), LONGEST_RENEWAL_MS);
    renewal = setTimeout(() => void refresh().catch(() => undefined), wait); // the next request tries again
  }

  function signedOut(reason: SignedOutReason) {
    token = null;
    clearTimeout(renewal);
    store.set({ status: 'signed-out', reason });
  }

  tabs.listen((news) => (news.type === 'signed-in' ? signedIn(news) : signedOut(news.reason)));

  /** Takes a session answer over and tells the other tabs; false when the server gave no session. */
  function take(answer: SessionAnswer | null | undefined): boolean {
    if (!answer?.session || !answer.viewer) return false;
    const news = { type: 'signed-in', ...answer.session, viewer: answer.viewer } as const;
    signedIn(news);
    tabs.tell(news);
    return true;
  }

  const adopt = (ask: () => Promise<Asked>) =>
    tabs.inTurn(async (): Promise<SignInOutcome> => {
      const { answer, errors } = await ask();
      if (take(answer)) return { type: 'signed-in' };
      if (answer?.challenge)
        return { type: 'challenge', challenge: answer.challenge, ways: answer.secondFactors ?? [] };
      return problemOf(answer?.errors[0], errors[0]);
    });

  function refresh(): Promise<boolean> {
    renewing ??= renew().finally(() => {
      renewing = null;
    });
    return renewing;
  }

  async function renew(): Promise<boolean> {
    const stale = token;
    return tabs.inTurn(async () => {
      if (token !== stale) return token !== null; // another tab renewed while this one waited
      const answer = await post(RefreshSession, { idleSeconds: idleSeconds() });
      if (take(answer.data?.refreshSession)) return true;
      const refused = isUnauthenticated(answer.errors) || (answer.data?.refreshSession.errors.length ?? 0) > 0;
      if (!refused) throw new Error(answer.errors[0]?.message ?? 'The session could not be renewed.');
      signedOut(stale ? 'expired' : null);
      return false;
    });
  }

  return {
    ...store,
    accessToken: () => token,
    refresh,
    async start() {
      store.set({ status: 'starting' });
      touch(); // opening the page is the person's doing, what renews later by itself is not
      try {
        await refresh();
      } catch (error) {
        store.set({ status: 'unreachable', message: error instanceof Error ? error.message : String(error) });
      }
    },
    signIn: (credentials) =>
      adopt(async () => {
        const { data, errors } = await post(SignIn, { input: { ...credentials, client: 'BROWSER' } });
        return { answer: data?.signIn, errors };
      }),
    confirm: (challenge, code) =>
      adopt(async () => {
        const { data, errors } = await post(ConfirmSignIn, { input: { challenge, code } });
        return { answer: data?.confirmSignIn, errors };
      }),
    adopt,
    switchOrganization: (organizationId) =>
      tabs.inTurn(async () => {
        const answer = await post(SwitchOrganization, { organizationId }, token);
        const payload = answer.data?.switchOrganization;
        if (take(payload)) return null;
        return payload?.errors[0]?.message ?? answer.errors[0]?.message ?? 'The organization was not switched.';
      }),
    async signOut(reason) {
      const last = token;
      signedOut(reason);
      tabs.tell({ type: 'signed-out', reason });
      await tabs.inTurn(() => post(SignOut, {}, last)).catch(() => undefined); // signed out here, reached or not
    },
  };
}
