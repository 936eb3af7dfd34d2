import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser';

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
