import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { serveApi } from '../../../tests/api';
import { EVERYTHING, pageOf, sessionPayload, viewer } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const CODES = Array.from({ length: 10 }, (_, index) => `abcd-efgh-jkmn-000${index}`);
const SECRET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
let since: string | null;
let appSince: string | null;
let left: number;
type Key = { id: string; name: string; createdAt: string; lastUsedAt: string | null };
let passkeys: Key[];

/** The browser's part, and the device's: it answers what it was asked. */
vi.mock('@simplewebauthn/browser', async (original) => ({
  ...(await original<typeof import('@simplewebauthn/browser')>()),
  startRegistration: vi.fn(async ({ optionsJSON }) => ({ made: optionsJSON })),
  startAuthentication: vi.fn(async ({ optionsJSON }) => ({ signed: optionsJSON })),
}));
const OPTIONS = JSON.stringify({ challenge: 'abc' });

const refusal = (field: string, message: string) => [{ code: 'INVALID', field, message }];
const ownSession = (id: string, isThisOne = false) => ({
  id,
  client: isThisOne ? 'BROWSER' : 'BEARER',
  organizationName: 'Riverbend',
  createdAt: '2026-03-01T09:00:00Z',
  lastUsedAt: '2026-03-02T09:00:00Z',
  isThisOne,
});
let sessions: ReturnType<typeof ownSession>[];

const root = {
  ownSessions: () => sessions,
  endSession: ({ id }: { id: string }) => {
    const known = sessions.some((each) => each.id === id);
    sessions = sessions.filter((each) => each.id !== id);
    return { sessionId: known ? id : null, errors: [] };
  },
  endOtherSessions: () => {
    const ended = sessions.length - 1;
    sessions = sessions.filter((each) => each.isThisOne);
    return { ended, errors: [] };
  },
  secondFactor: () => ({ since, appSince, recoveryCodesLeft: left }),
  startSecondFactor: () => ({
    enrolment: { secret: SECRET, uri: 'otpauth://totp/x', qr: ['101', '010', '111'] },
    errors: [],
  }),
  confirmSecondFactor: ({ code }: { code: string }) => {
    if (code !== '123456') return { recoveryCodes: null, errors: refusal('code', 'This code does not count.') };
    const first = since === null;
    appSince = '2026-03-02T10:00:00Z';
    since ??= appSince;
    left = 10;
    return {
      secondFactor: { since, appSince, recoveryCodesLeft: left },
      recoveryCodes: first ? CODES : null,
      errors: [],
    };
  },
  renewRecoveryCodes: () => ({ recoveryCodes: CODES, errors: [] }),
  turnOffSecondFactor: () => {
    since = appSince = null;
    return { secondFactor: { since, appSince, recoveryCodesLeft: 0 }, errors: [] };
  },
  passkeys: () => passkeys,
  startPasskey: () => ({ options: OPTIONS, errors: [] }),
  addPasskey: ({ name }: { passkey: string; name: string }) => {
    const passkey = { id: `p${passkeys.length}`, name, createdAt: '2026-03-02T10:00:00Z', lastUsedAt: null };
    const first = since === null;
    passkeys = [...passkeys, passkey];
    since ??= passkey.createdAt;
    left = 10;
    return { passkey, recoveryCodes: first ? CODES : null, errors: [] };
  },
  renamePasskey: ({ id, name }: { id: string; name: string }) => {
    passkeys = passkeys.map((each) => (each.id === id ? { ...each, name } : each));
    return { passkey: passkeys.find((each) => each.id === id), errors: [] };
  },
  removePasskey: ({ id }: { id: string }) => {
    passkeys = passkeys.filter((each) => each.id !== id);
    return { passkeyId: id, errors: [] };
  },
};

beforeEach(() => {
  since = appSince = null;
  left = 0;
  passkeys = [];
  vi.stubGlobal('PublicKeyCredential', class {});
  sessions = [ownSession('this', true)];
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it('is set up by scan and code, and shows the recovery codes once', async () => {
  const { user } = await renderApp('/account', 'Your account', root);
  await user.click(await screen.findByRole('button', { name: 'Set up' }));
  const dialog = await screen.findByRole('dialog', { name: 'Set up an authenticator app' });
  await user.click(within(dialog).getByRole('button', { name: 'Go on' }));
  const qr = await within(dialog).findByRole('img', { name: /QR code/ });
  expect(qr.querySelector('path')?.getAttribute('d')).toMatch(/^M0 0h1v1h-1zM2 0h/);
  expect(within(dialog).getByText('ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567')).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText('Code'), '000000{Enter}');
  expect(await within(dialog).findByText('This code does not count.')).toBeInTheDocument();
  await user.clear(within(dialog).getByLabelText('Code'));
  await user.type(within(dialog).getByLabelText('Code'), '123456{Enter}');

  const shown = await screen.findByRole('dialog', { name: 'Your recovery codes' });
  expect(
    within(shown)
      .getAllByRole('listitem')
      .map((item) => item.textContent),
  ).toEqual(CODES);
  await user.click(within(shown).getByRole('button', { name: 'Copy' }));
  expect(await navigator.clipboard.readText()).toBe(`${CODES.join('\n')}\n`);
  await user.keyboard('{Escape}');
  expect(shown).toBeInTheDocument();
  await user.click(within(shown).getByRole('button', { name: 'I have kept them' }));
  await waitFor(() => expect(screen.queryByText(CODES[0] as string)).not.toBeInTheDocument());
  expect(await screen.findByText('10 recovery codes left.')).toBeInTheDocument();
});

it('makes new recovery codes', async () => {
  since = appSince = '2026-03-02T10:00:00Z';
  left = 2;
  const { user } = await renderApp('/account', 'Your account', root);
  await user.click(await screen.findByRole('button', { name: 'New recovery codes' }));
  const dialog = await screen.findByRole('dialog', { name: 'New recovery codes' });
  await user.click(within(dialog).getByRole('button', { name: 'Make new codes' }));
  const shown = await screen.findByRole('dialog', { name: 'Your recovery codes' });
  expect(within(shown).getAllByRole('listitem')).toHaveLength(10);
});

it('is turned off, unless it has to stay', async () => {
  since = appSince = '2026-03-02T10:00:00Z';
  left = 10;
  let stays = true;
  const { user } = await renderApp('/account', 'Your account', {
    ...root,
    turnOffSecondFactor: () =>
      stays
        ? { secondFactor: null, errors: [{ code: 'CONFLICT', field: null, message: 'This is the only one.' }] }
        : root.turnOffSecondFactor(),
  });
  await user.click(await screen.findByRole('button', { name: 'Turn off' }));
  const dialog = await screen.findByRole('dialog', { name: 'Turn the authenticator app off?' });
  await user.click(within(dialog).getByRole('button', { name: 'Turn off' }));
  expect(await within(dialog).findByText('This is the only one.')).toBeInTheDocument();
  stays = false;
  await user.click(within(dialog).getByRole('button', { name: 'Turn off' }));
  expect(await screen.findByRole('button', { name: 'Set up' })).toBeInTheDocument();
});

it('adds the first passkey with recovery codes, a second one without, renames and removes', async () => {
  const { user, operations } = await renderApp('/account', 'Your account', root);
  expect(await screen.findByText(/^None yet\./)).toBeInTheDocument();
  const add = async (name: string) => {
    await user.click(screen.getByRole('button', { name: 'Add a passkey' }));
    const dialog = await screen.findByRole('dialog', { name: 'Add a passkey' });
    await user.clear(within(dialog).getByLabelText('Name'));
    await user.click(within(dialog).getByRole('button', { name: 'Go on' }));
    expect(within(dialog).getByText('Say which device holds it.')).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText('Name'), `${name}{Enter}`);
  };
  await add('Phone');
  const codes = await screen.findByRole('dialog', { name: 'Your recovery codes' });
  await user.keyboard('{Escape}');
  await user.click(within(codes).getByRole('button', { name: 'I have kept them' }));
  const list = await screen.findByRole('list', { name: 'Passkeys' });
  expect(within(list).getByRole('listitem')).toHaveTextContent(/^Phoneadded .*2026.* · never used/);
  expect(screen.getByText('Off. After your password comes a passkey.')).toBeInTheDocument();
  expect(operations.find(({ name }) => name === 'AddPasskey')?.variables).toEqual({
    passkey: JSON.stringify({ made: { challenge: 'abc' } }),
    name: 'Phone',
  });

  await add('Key ring');
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(2));
  await user.click(screen.getByRole('button', { name: 'Rename Key ring' }));
  const rename = await screen.findByRole('dialog', { name: 'Rename Key ring' });
  await user.clear(within(rename).getByLabelText('Name'));
  await user.type(within(rename).getByLabelText('Name'), 'Spare key{Enter}');
  await user.click(await screen.findByRole('button', { name: 'Remove Spare key' }));
  const remove = await screen.findByRole('dialog', { name: 'Remove Spare key?' });
  await user.click(within(remove).getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(1));
});

it('says why no passkey was made', async () => {
  const why = { message: 'x', code: 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED', cause: new Error() } as const;
  vi.mocked(startRegistration)
    .mockRejectedValueOnce(new WebAuthnError(why))
    .mockRejectedValueOnce(new DOMException('The operation either timed out or was not allowed.', 'NotAllowedError'));
  const { user, operations } = await renderApp('/account', 'Your account', root);
  await user.click(await screen.findByRole('button', { name: 'Add a passkey' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add a passkey' });
  await user.type(within(dialog).getByLabelText('Name'), 'Phone{Enter}');
  expect(await within(dialog).findByText('This device has a passkey of yours already.')).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Go on' }));
  expect(await within(dialog).findByText(/^No passkey was used\./)).toBeInTheDocument();
  expect(operations.some(({ name }) => name === 'AddPasskey')).toBe(false);
});

it('says so where the browser has no passkeys, and offers none at sign-in', async () => {
  vi.unstubAllGlobals();
  const { session } = await renderApp('/account', 'Your account', {
    ...root,
    signOut: () => ({ ok: true, errors: [] }),
  });
  expect(await screen.findByText(/This browser has no passkeys/)).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Add a passkey' })).not.toBeInTheDocument();
  await act(() => session.signOut('signed-out'));
  expect(await screen.findByRole('button', { name: 'Sign in' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /passkey/ })).not.toBeInTheDocument();
});

it('lists where one is signed in, and ends one or all others', async () => {
  sessions = [ownSession('this', true), ownSession('a'), ownSession('b'), ownSession('c')];
  const { user } = await renderApp('/account', 'Your account', root);
  const list = await screen.findByRole('list', { name: 'Sessions' });
  const [first, second] = within(list).getAllByRole('listitem');
  expect(first).toHaveTextContent('BrowserThis one');
  expect(within(first as HTMLElement).queryByRole('button')).not.toBeInTheDocument();
  expect(second).toHaveTextContent(/App or program.*signed in .*2026.* last used/);
  await user.click(within(second as HTMLElement).getByRole('button', { name: /^End the session of/ }));
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(3));
  await user.click(screen.getByRole('button', { name: 'End all others' }));
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(1));
  expect(screen.getByText('2 sessions ended.')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'End all others' })).not.toBeInTheDocument();
});

it('lets an owner decide who needs one, and says what has to come first', async () => {
  let required = false;
  let own = false;
  const standing = () => ({ ...viewer(EVERYTHING).organization, secondFactorRequired: required });
  const first = { code: 'CONFLICT', field: 'required', message: 'Set up your own second factor first.' };
  const { user } = await renderApp(
    '/account',
    'Your account',
    {
      ...root,
      viewer: () => ({ ...viewer(EVERYTHING), organization: standing() }),
      requireSecondFactor: (args: { required: boolean }) => {
        if (!own) return { organization: null, errors: [first] };
        required = args.required;
        return { organization: standing(), errors: [] };
      },
    },
    [...EVERYTHING, 'ORGANIZATION_WRITE'],
  );
  const control = await screen.findByRole('switch', { name: /need a second factor/ });
  await user.click(control);
  expect(await screen.findByText(first.message)).toBeInTheDocument();
  expect(control).not.toBeChecked();
  own = true;
  await user.click(control);
  await waitFor(() => expect(control).toBeChecked());
});

it('shows the decision to owners alone', async () => {
  await renderApp('/account', 'Your account', root);
  expect(screen.queryByRole('switch', { name: /need a second factor/ })).not.toBeInTheDocument();
});

it('comes before everything else for those who need it and have none', async () => {
  const missing = sessionPayload([]);
  missing.viewer.mustSetUpSecondFactor = true;
  let answer = missing;
  const { operations, user } = await renderApp('/inbox', 'Set up a second factor', {
    ...root,
    refreshSession: () => answer,
  });
  expect(screen.queryByRole('navigation')).not.toBeInTheDocument();
  expect(operations.map(({ name }) => name)).toEqual(['RefreshSession']);
  await user.click(screen.getByRole('button', { name: 'Add a passkey' }));
  await user.click(await screen.findByRole('button', { name: 'Cancel' }));
  await user.click(screen.getByRole('button', { name: 'Use an authenticator app' }));
  await user.click(await screen.findByRole('button', { name: 'Go on' }));
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  answer = sessionPayload();
  await user.click(await screen.findByRole('button', { name: 'I have kept them' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
});

it('is asked for after the password, and leads back to the password when it took too long', async () => {
  const { session, user } = await renderApp('/inbox', 'Inbox', {});
  const ways = ['APP'];
  let answer: unknown = { ...sessionPayload(), session: null, viewer: null, errors: refusal('code', 'Not that one.') };
  const operations = serveApi({
    alerts: () => pageOf([]),
    signOut: () => ({ ok: true, errors: [] }),
    signIn: () => ({ session: null, viewer: null, challenge: 'signed', secondFactors: ways, errors: [] }),
    confirmSignIn: () => answer,
  });
  await act(() => session.signOut('signed-out'));
  const password = async () => {
    await user.type(await screen.findByRole('textbox', { name: 'E-mail' }), 'dana@riverbend.example');
    await user.type(screen.getByLabelText('Password'), 'secret{Enter}');
  };
  await password();
  expect(await screen.findByRole('heading', { name: 'Enter your code' })).toBeInTheDocument();
  await user.type(screen.getByLabelText('Code'), '000000{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('Not that one.');

  answer = { session: null, viewer: null, errors: [{ code: 'EXPIRED', field: 'challenge', message: 'Too late.' }] };
  await user.type(screen.getByLabelText('Code'), '123456{Enter}');
  expect(await screen.findByRole('heading', { name: 'Sign in to Upstream' })).toBeInTheDocument();
  expect(screen.getByRole('alert')).toHaveTextContent('Too late.');

  answer = sessionPayload();
  await password();
  await user.click(await screen.findByRole('button', { name: 'Use a recovery code' }));
  await user.type(screen.getByLabelText('Recovery code'), `${CODES[0]}{Enter}`);
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(operations.filter(({ name }) => name === 'ConfirmSignIn').at(-1)?.variables).toEqual({
    input: { challenge: 'signed', code: CODES[0] },
  });
});

it('takes a passkey after the password, or in its place', async () => {
  const { session, user } = await renderApp('/inbox', 'Inbox', {});
  let answer: unknown = { ...sessionPayload(), session: null, viewer: null, errors: refusal('passkey', 'Not this.') };
  const operations = serveApi({
    alerts: () => pageOf([]),
    signOut: () => ({ ok: true, errors: [] }),
    signIn: () => ({ session: null, viewer: null, challenge: 'signed', secondFactors: ['PASSKEY'], errors: [] }),
    startPasskeySignIn: () => ({ options: OPTIONS, errors: [] }),
    confirmSignIn: () => answer,
    signInWithPasskey: () => answer,
  });
  const signed = JSON.stringify({ signed: { challenge: 'abc' } });
  await act(() => session.signOut('signed-out'));
  await user.type(await screen.findByRole('textbox', { name: 'E-mail' }), 'dana@riverbend.example');
  await user.type(screen.getByLabelText('Password'), 'secret{Enter}');
  expect(await screen.findByRole('heading', { name: 'Use your passkey' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Use the app' })).not.toBeInTheDocument();
  vi.mocked(startAuthentication).mockRejectedValueOnce(new DOMException('No.', 'NotAllowedError'));
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(await screen.findByRole('alert')).toHaveTextContent(/^No passkey was used\./);
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(await screen.findByText('Not this.')).toBeInTheDocument();
  answer = sessionPayload();
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(operations.filter(({ name }) => name === 'ConfirmWithPasskey').at(-1)?.variables).toEqual({
    challenge: 'signed',
    passkey: signed,
  });

  await act(() => session.signOut('signed-out'));
  await user.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(operations.find(({ name }) => name === 'SignInWithPasskey')?.variables).toEqual({ passkey: signed });
});
