import { createMemoryHistory } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { App } from '@/app/App';
import { makeRouter } from '@/app/router';
import { createSession } from '@/app/session/session';
import { serveApi } from '../../../tests/api';
import { EVERYTHING, pageOf, sessionPayload } from '../../../tests/fixtures';
import { aloneTab } from '../../../tests/renderApp';

const NOBODY = {
  session: null,
  viewer: null,
  challenge: null,
  errors: [{ code: 'UNAUTHENTICATED', field: null, message: 'Sign in.' }],
};
const OVER = { code: 'EXPIRED', field: 'token', message: 'This invitation does not count any more.' };

let email: string;
let hasAccount: boolean;
let signedIn: boolean;
let refusal: { code: string; field: string | null; message: string } | null;
let challenged: boolean;
let provider: { name: string } | null;

const root = {
  refreshSession: () => (signedIn ? sessionPayload() : NOBODY),
  readInvitation: ({ token }: { token: string }) =>
    token === 'good'
      ? {
          organizationId: 'o2',
          organizationName: 'Stonecrop',
          email,
          name: 'Dana W.',
          role: 'CARE_TEAM',
          hasAccount,
          errors: [],
        }
      : { errors: [OVER] },
  singleSignOn: () => provider,
  startSingleSignOn: () => ({ url: 'https://id.example.org/authorize?state=1', errors: [] }),
  finishSingleSignOn: () => sessionPayload(EVERYTHING, 'token-2'),
  acceptInvitation: () => (refusal ? { errors: [refusal] } : { organizationId: 'o2', errors: [] }),
  signIn: () => {
    if (challenged) return { session: null, viewer: null, challenge: 'signed', secondFactors: ['APP'], errors: [] };
    return sessionPayload(EVERYTHING, 'token-2');
  },
  confirmSignIn: () => sessionPayload(EVERYTHING, 'token-2'),
  switchOrganization: () => sessionPayload(EVERYTHING, 'token-2'),
  signOut: () => ({ ok: true, errors: [] }),
  alerts: () => pageOf([]),
  payers: () => pageOf([]),
  uploads: () => pageOf([]),
  exports: () => pageOf([]),
  signalsWaiting: () => 0,
};

beforeEach(() => {
  email = 'dana@riverbend.example';
  hasAccount = signedIn = challenged = false;
  refusal = provider = null;
  sessionStorage.clear();
});
afterEach(() => vi.restoreAllMocks());

async function follow(token = 'good', address = `/invitation#${token}`) {
  const operations = serveApi(root);
  const session = createSession(aloneTab());
  const router = makeRouter(createMemoryHistory({ initialEntries: [address] }));
  await session.start();
  render(<App session={session} router={router} />);
  const title = token === 'good' ? 'Join Stonecrop' : 'Invitation';
  await screen.findByRole('heading', { level: 1, name: title }, { timeout: 5000 });
  return { operations, router, user: userEvent.setup() };
}

const inbox = () => screen.findByRole('heading', { level: 1, name: 'Inbox' }, { timeout: 5000 });

it('lets somebody new choose name and password, and leads in', async () => {
  const { user, operations, router } = await follow();
  const join = await screen.findByRole('button', { name: 'Join' });
  await user.click(join);
  expect(screen.getByText('Choose a password.')).toBeInTheDocument();
  await user.type(screen.getByLabelText('Choose a password'), 'short');
  await user.click(join);
  expect(screen.getByText('Take at least 12 characters.')).toBeInTheDocument();
  expect(operations.some(({ name }) => name === 'AcceptInvitation')).toBe(false);
  refusal = { code: 'INVALID', field: 'password', message: 'This password is too common.' };
  await user.type(screen.getByLabelText('Choose a password'), ' lantern seven');
  await user.click(join);
  expect(await screen.findByText('This password is too common.')).toBeInTheDocument();
  refusal = null;
  await user.click(join);
  await inbox();
  expect(router.history.location.href).not.toContain('good');
  const sent = operations.filter(({ name }) => name === 'AcceptInvitation').at(-1)?.variables.input;
  expect(sent).toEqual({ token: 'good', name: 'Dana W.', password: 'short lantern seven' });
  expect(operations.find(({ name }) => name === 'SignIn')?.variables.input).toMatchObject({ organizationId: 'o2' });
});

it('asks for the password of an account that is there, and for its code', async () => {
  hasAccount = challenged = true;
  const { user } = await follow();
  expect(await screen.findByLabelText('Your password')).toBeInTheDocument();
  expect(screen.queryByLabelText('Your name')).not.toBeInTheDocument();
  await user.type(screen.getByLabelText('Your password'), 'right{Enter}');
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  await inbox();
});

it('takes one click of who is signed in to that account', async () => {
  hasAccount = signedIn = true;
  const { user, operations } = await follow();
  expect(await screen.findByRole('button', { name: 'Join' })).toBeInTheDocument();
  expect(screen.queryByLabelText(/password/)).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Join' }));
  await inbox();
  expect(operations.some(({ name }) => name === 'SwitchOrganization')).toBe(true);
});

it('has whoever is signed in as somebody else sign out first', async () => {
  signedIn = true;
  email = 'nina@riverbend.example';
  const { user } = await follow();
  expect(await screen.findByText(/You are signed in as dana@riverbend.example/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Sign out and go on' }));
  expect(await screen.findByLabelText('Choose a password')).toBeInTheDocument();
});

it.each([
  [false, 'Join with Harbor ID', '/'],
  [true, 'Sign in with Harbor ID', '/invitation#good'],
])('lets an identity provider stand for the password (account: %s)', async (known, button, returnTo) => {
  hasAccount = known;
  provider = { name: 'Harbor ID' };
  window.history.replaceState(null, '', '/invitation#good');
  const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined);
  const { user } = await follow();
  await user.click(await screen.findByRole('button', { name: button }));
  await vi.waitFor(() => expect(assign).toHaveBeenCalledWith('https://id.example.org/authorize?state=1'));
  expect(sessionStorage.getItem('upstream.return-to')).toBe(returnTo);
});

it('goes on with the invitation for whom the provider has signed in', async () => {
  hasAccount = true;
  sessionStorage.setItem('upstream.return-to', '/invitation#good');
  const { user, operations } = await follow('good', '/single-sign-on?code=abc&state=xyz');
  await user.click(await screen.findByRole('button', { name: 'Join' }));
  await inbox();
  expect(operations.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['FinishSingleSignOn', 'AcceptInvitation']),
  );
});

it('says that a link does not count, and leads on', async () => {
  const { user } = await follow('old');
  expect(await screen.findByRole('alert')).toHaveTextContent('This invitation does not count any more.');
  await user.click(screen.getByRole('button', { name: 'Go to Upstream' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Sign in to Upstream' })).toBeInTheDocument();
});
