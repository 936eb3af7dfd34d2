import { act, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { serveApi } from '../../../tests/api';
import { EVERYTHING, pageOf, sessionPayload, viewer } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const CODES = Array.from({ length: 10 }, (_, index) => `abcd-efgh-jkmn-000${index}`);
const SECRET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
let since: string | null;
let left: number;

const refusal = (field: string, message: string) => [{ code: 'INVALID', field, message }];
const proved = ({ input }: { input: { password: string; code: string } }) =>
  input.password !== 'secret'
    ? refusal('password', 'This is not your password.')
    : input.code !== '123456'
      ? refusal('code', 'This code does not count.')
      : [];

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
  secondFactor: () => ({ since, recoveryCodesLeft: left }),
  startSecondFactor: ({ password }: { password: string }) =>
    password === 'secret'
      ? { enrolment: { secret: SECRET, uri: 'otpauth://totp/x', qr: ['101', '010', '111'] }, errors: [] }
      : { enrolment: null, errors: refusal('password', 'This is not your password.') },
  confirmSecondFactor: ({ code }: { code: string }) => {
    if (code !== '123456') return { recoveryCodes: null, errors: refusal('code', 'This code does not count.') };
    since = '2026-03-02T10:00:00Z';
    left = 10;
    return { recoveryCodes: CODES, errors: [] };
  },
  renewRecoveryCodes: (args: { input: { password: string; code: string } }) => {
    const errors = proved(args);
    return { recoveryCodes: errors.length ? null : CODES, errors };
  },
  turnOffSecondFactor: (args: { input: { password: string; code: string } }) => {
    const errors = proved(args);
    if (errors.length === 0) since = null;
    return { secondFactor: errors.length ? null : { since, recoveryCodesLeft: 0 }, errors };
  },
};

beforeEach(() => {
  since = null;
  left = 0;
  sessions = [ownSession('this', true)];
});

it('is set up by password, scan and code, and shows the recovery codes once', async () => {
  const { user } = await renderApp('/account', 'Your account', root);
  await user.click(await screen.findByRole('button', { name: 'Set up' }));
  const dialog = await screen.findByRole('dialog', { name: 'Set up a second factor' });
  await user.click(within(dialog).getByRole('button', { name: 'Go on' }));
  expect(within(dialog).getByText('Enter your password.')).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText('Your password'), 'wrong{Enter}');
  expect(await within(dialog).findByText('This is not your password.')).toBeInTheDocument();
  await user.clear(within(dialog).getByLabelText('Your password'));
  await user.type(within(dialog).getByLabelText('Your password'), 'secret{Enter}');

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

it('makes new recovery codes for password and code', async () => {
  since = '2026-03-02T10:00:00Z';
  left = 2;
  const { user } = await renderApp('/account', 'Your account', root);
  await user.click(await screen.findByRole('button', { name: 'New recovery codes' }));
  const dialog = await screen.findByRole('dialog', { name: 'New recovery codes' });
  await user.type(within(dialog).getByLabelText('Your password'), 'secret');
  await user.type(within(dialog).getByLabelText('Code'), '000000{Enter}');
  expect(await within(dialog).findByText('This code does not count.')).toBeInTheDocument();
  await user.clear(within(dialog).getByLabelText('Code'));
  await user.type(within(dialog).getByLabelText('Code'), '123456{Enter}');
  const shown = await screen.findByRole('dialog', { name: 'Your recovery codes' });
  expect(within(shown).getAllByRole('listitem')).toHaveLength(10);
});

it('is turned off for password and code', async () => {
  since = '2026-03-02T10:00:00Z';
  left = 10;
  const { user } = await renderApp('/account', 'Your account', root);
  await user.click(await screen.findByRole('button', { name: 'Turn off' }));
  const dialog = await screen.findByRole('dialog', { name: 'Turn the second factor off?' });
  await user.type(within(dialog).getByLabelText('Your password'), 'secret');
  await user.type(within(dialog).getByLabelText('Code'), '123456{Enter}');
  expect(await screen.findByRole('button', { name: 'Set up' })).toBeInTheDocument();
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
  await user.type(screen.getByLabelText('Your password'), 'secret{Enter}');
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  answer = sessionPayload();
  await user.click(await screen.findByRole('button', { name: 'I have kept them' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
});

it('is asked for after the password, and leads back to the password when it took too long', async () => {
  const { session, user } = await renderApp('/inbox', 'Inbox', {});
  let answer: unknown = { ...sessionPayload(), session: null, viewer: null, errors: refusal('code', 'Not that one.') };
  const operations = serveApi({
    alerts: () => pageOf([]),
    signOut: () => ({ ok: true, errors: [] }),
    signIn: () => ({ session: null, viewer: null, challenge: 'signed', errors: [] }),
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
