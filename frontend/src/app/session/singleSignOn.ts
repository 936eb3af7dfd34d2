import { post } from '@/graphql/request';
import { graphql } from '@/graphql/tada';
import { SessionFields } from './documents';
import type { Session, SignInOutcome } from './session';

const SingleSignOnQuery = graphql(`
  query SingleSignOn {
    singleSignOn {
      name
    }
  }
`);

const StartSingleSignOn = graphql(`
  mutation StartSingleSignOn($anew: Boolean!) {
    startSingleSignOn(anew: $anew) {
      url
      errors {
        message
      }
    }
  }
`);

const FinishSingleSignOn = graphql(
  `
    mutation FinishSingleSignOn($code: String!, $state: String!) {
      finishSingleSignOn(code: $code, state: $state) {
        ...SessionFields
        challenge
        secondFactors
      }
    }
  `,
  [SessionFields],
);

const RETURN_TO = 'upstream.return-to';

/** What people call the identity provider; null where there is none. */
export async function providerName(): Promise<string | null> {
  const { data } = await post(SingleSignOnQuery, {});
  return data?.singleSignOn?.name ?? null;
}

/**
 * Goes to the identity provider, from where one comes back to `returnTo`, or to this very page. `anew`: it is to ask who
 * one is even where it knows. Rejects with words when it cannot be reached.
 */
export async function leaveForProvider(anew: boolean, returnTo = hereNow()): Promise<void> {
  const { data, errors } = await post(StartSingleSignOn, { anew });
  const url = data?.startSingleSignOn.url;
  if (!url) throw new Error((data?.startSingleSignOn.errors[0] ?? errors[0])?.message ?? 'Sign-in failed.');
  sessionStorage.setItem(RETURN_TO, returnTo);
  window.location.assign(url);
}

function hereNow(): string {
  const { pathname, search, hash } = window.location;
  return pathname + search + hash;
}

/** Where one was before, once. */
export function takeReturn(): string {
  const path = sessionStorage.getItem(RETURN_TO);
  sessionStorage.removeItem(RETURN_TO);
  return path?.startsWith('/') && !path.startsWith('//') ? path : '/';
}

/** What the provider sent the browser back with becomes a session, a second step or a problem in words. */
export async function finishSingleSignOn(session: Session, search: string): Promise<SignInOutcome> {
  const told = new URLSearchParams(search);
  const [code, state] = [told.get('code'), told.get('state')];
  if (!code || !state) {
    const cancelled = told.get('error') === 'access_denied';
    const message = cancelled
      ? 'You were not signed in there. Try again, or sign in another way.'
      : 'Single sign-on did not work. Try again, or sign in another way.';
    return { type: 'problem', message, over: false };
  }
  const outcome = await session.adopt(async () => {
    const { data, errors } = await post(FinishSingleSignOn, { code, state });
    return { answer: data?.finishSingleSignOn, errors };
  });
  // Who was signed in all the while goes on with the session that the second step opens.
  if (outcome.type === 'challenge' && session.accessToken()) await session.signOut(null);
  return outcome;
}
