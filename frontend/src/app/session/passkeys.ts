import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser';
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

const WORDS: Partial<Record<WebAuthnError['code'], string>> = {
  ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED: 'This device has a passkey of yours already.',
  ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT:
    'This device asks for no finger, face or PIN. Set one up there, or take another device.',
  ERROR_AUTHENTICATOR_MISSING_DISCOVERABLE_CREDENTIAL_SUPPORT: 'This device keeps no passkeys. Take another one.',
  ERROR_INVALID_DOMAIN: 'Passkeys do not work at this address. Open Upstream by its name.',
  ERROR_INVALID_RP_ID: 'Passkeys do not work at this address. Open Upstream at the address its mails link to.',
};
const NOT_USED = 'No passkey was used. Try again, or take another way.';

const wordsOf = (error: unknown): string => (error instanceof WebAuthnError ? WORDS[error.code] : null) ?? NOT_USED;

/** What a passkey of this browser or a device nearby answers, as JSON. Rejects with words for a person. */
export async function answerTo(options: string): Promise<string> {
  try {
    return JSON.stringify(await startAuthentication({ optionsJSON: JSON.parse(options) }));
  } catch (error) {
    throw new Error(wordsOf(error));
  }
}

/** The passkey that a device makes, as JSON. Rejects with words for a person. */
export async function makePasskey(options: string): Promise<string> {
  try {
    return JSON.stringify(await startRegistration({ optionsJSON: JSON.parse(options) }));
  } catch (error) {
    throw new Error(wordsOf(error));
  }
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
  const passkey = await answerTo(options);
  return session.adopt(async () => {
    const { data, errors } = await post(SignInWithPasskey, { passkey });
    return { answer: data?.signInWithPasskey, errors };
  });
}

/** The second step, with a passkey. Rejects with words when none is used. */
export async function confirmWithPasskey(session: Session, challenge: string): Promise<SignInOutcome> {
  const options = await started(challenge);
  if (typeof options !== 'string') return options;
  const passkey = await answerTo(options);
  return session.adopt(async () => {
    const { data, errors } = await post(ConfirmWithPasskey, { challenge, passkey });
    return { answer: data?.confirmSignIn, errors };
  });
}
