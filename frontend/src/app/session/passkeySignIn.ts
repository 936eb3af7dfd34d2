import { post } from '@/graphql/request';
import { graphql } from '@/graphql/tada';
import { SessionFields } from './documents';
import { problemOf, type Session, type SignInOutcome } from './session';

const StartPasskeySignIn = graphql(`
  mutation StartPasskeySignIn($challenge: String!) {
    startPasskeySignIn(challenge: $challenge) {
      options
      errors {
        code
        field
        message
      }
    }
  }
`);

const SignInWithPasskey = graphql(
  `
    mutation SignInWithPasskey($passkey: String!) {
      signInWithPasskey(input: { passkey: $passkey, client: BROWSER }) {
        ...SessionFields
      }
    }
  `,
  [SessionFields],
);

const ConfirmWithPasskey = graphql(
  `
    mutation ConfirmWithPasskey($challenge: String!, $passkey: String!) {
      confirmSignIn(input: { challenge: $challenge, passkey: $passkey }) {
        ...SessionFields
      }
    }
  `,
  [SessionFields],
);

/** Fetches what talks to devices once it is needed. */
async function answer(options: string): Promise<string> {
  const { answerTo } = await import('./passkeys');
  return answerTo(options);
}

/** What is to be answered, or what went wrong. */
async function started(challenge: string): Promise<string | Extract<SignInOutcome, { type: 'problem' }>> {
  const { data, errors } = await post(StartPasskeySignIn, { challenge });
  return data?.startPasskeySignIn.options ?? problemOf(data?.startPasskeySignIn.errors[0], errors[0]);
}

/** In the place of password and code. Rejects with words when no passkey is used. */
export async function signInWithPasskey(session: Session): Promise<SignInOutcome> {
  const options = await started('');
  if (typeof options !== 'string') return options;
  const passkey = await answer(options);
  return session.adopt(async () => {
    const { data, errors } = await post(SignInWithPasskey, { passkey });
    return { answer: data?.signInWithPasskey, errors };
  });
}

/** The second step, with a passkey. Rejects with words when none is used. */
export async function confirmWithPasskey(session: Session, challenge: string): Promise<SignInOutcome> {
  const options = await started(challenge);
  if (typeof options !== 'string') return options;
  const passkey = await answer(options);
  const outcome = await session.adopt(async () => {
    const { data, errors } = await post(ConfirmWithPasskey, { challenge, passkey });
    return { answer: data?.confirmSignIn, errors };
  });
  // What took too long may have been the passkey alone: the next answer says whether the password has to come again.
  return outcome.type === 'problem' ? { ...outcome, over: false } : outcome;
}
