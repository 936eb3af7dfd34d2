import { createMemoryHistory } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { App } from '@/app/App';
import { makeRouter } from '@/app/router';
import { type Root, serveApi } from '../../../tests/api';
import { pageOf, sessionPayload } from '../../../tests/fixtures';
import { aloneTab } from '../../../tests/renderApp';
import { createSession } from './session';

const NAME = 'Harbor ID';
const nobody = (code: string, message: string) => ({
  session: null,
  viewer: null,
  challenge: null,
  secondFactors: [] as string[],
  errors: [{ code, field: null, message }],
});

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.restoreAllMocks());

/** The whole app at an address, with nobody signed in. */
async function open(address: string, root: Root) {
  const operations = serveApi({
    refreshSession: () => nobody('UNAUTHENTICATED', 'Sign in.'),
    singleSignOn: () => ({ name: NAME }),
    alerts: () => pageOf([]),
    payers: () => pageOf([]),
    signalsWaiting: () => 0,
    ...root,
  });
  const session = createSession(aloneTab());
  const router = makeRouter(createMemoryHistory({ initialEntries: [address] }));
  await session.start();
  render(<App session={session} router={router} />);
  return { operations, router, user: userEvent.setup() };
}

it('goes to the provider and says where it cannot be reached', async () => {
  const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => undefined);
  let url: string | null = null;
  const { user } = await open('/inbox', {
    startSingleSignOn: () => ({ url, errors: url ? [] : nobody('CONFLICT', `${NAME} cannot be reached.`).errors }),
  });
  const button = await screen.findByRole('button', { name: `Sign in with ${NAME}` });
  await user.click(button);
  expect(await screen.findByRole('alert')).toHaveTextContent(`${NAME} cannot be reached.`);
  expect(assign).not.toHaveBeenCalled();
  url = 'https://id.example.org/authorize?state=1';
  await user.click(button);
  await vi.waitFor(() => expect(assign).toHaveBeenCalledWith(url));
});

it('is offered only where there is one', async () => {
  await open('/inbox', { singleSignOn: () => null });
  expect(await screen.findByRole('button', { name: 'Sign in' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /Sign in with/ })).not.toBeInTheDocument();
});

it('signs in, leads back to where one was, and leaves nothing of it in the address', async () => {
  sessionStorage.setItem('upstream.return-to', '/inbox?state=RESOLVED');
  const { router, operations } = await open('/single-sign-on?code=abc&state=xyz', {
    finishSingleSignOn: () => ({ ...sessionPayload(), challenge: null }),
  });
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(router.history.location.href).toBe('/inbox?state=RESOLVED');
  const finished = operations.filter(({ name }) => name === 'FinishSingleSignOn');
  expect(finished.map(({ variables }) => variables)).toEqual([{ code: 'abc', state: 'xyz' }]);
  expect(sessionStorage).toHaveLength(0);
});

it('tells on the sign-in page what went wrong, from where one signs in another way', async () => {
  const { router, user } = await open('/single-sign-on?code=abc&state=xyz', {
    finishSingleSignOn: () => nobody('INVALID', 'Nobody at Upstream has this address.'),
    signIn: () => ({ ...sessionPayload(), challenge: null }),
  });
  expect(await screen.findByRole('alert')).toHaveTextContent('Nobody at Upstream has this address.');
  expect(router.history.location.href).toBe('/');
  await user.type(screen.getByRole('textbox', { name: 'E-mail' }), 'dana@riverbend.example');
  await user.type(screen.getByLabelText('Password'), 'secret{Enter}');
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(screen.queryByText('Nobody at Upstream has this address.')).not.toBeInTheDocument();
});

it.each([
  ['?error=access_denied&state=xyz', /^You were not signed in there/],
  ['?error=server_error&error_description=Gone&state=xyz', /^Single sign-on did not work/],
  ['', /^Single sign-on did not work/],
])('says in its own words what %s means', async (search, words) => {
  const { operations } = await open(`/single-sign-on${search}`, {});
  expect(await screen.findByRole('alert')).toHaveTextContent(words);
  expect(operations.some(({ name }) => name === 'FinishSingleSignOn')).toBe(false);
});

it('asks for the second factor where the provider did not', async () => {
  const { user } = await open('/single-sign-on?code=abc&state=xyz', {
    finishSingleSignOn: () => ({ ...nobody('', ''), challenge: 'signed', secondFactors: ['APP'], errors: [] }),
    confirmSignIn: () => sessionPayload(),
  });
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
});

it('asks for it as well of who came back to confirm who they are', async () => {
  const { user, operations } = await open('/single-sign-on?code=abc&state=xyz', {
    refreshSession: () => sessionPayload(),
    signOut: () => ({ ok: true, errors: [] }),
    finishSingleSignOn: () => ({ ...nobody('', ''), challenge: 'signed', secondFactors: ['APP'], errors: [] }),
    confirmSignIn: () => sessionPayload(),
  });
  await user.type(await screen.findByLabelText('Code'), '123456{Enter}');
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(operations.map(({ name }) => name)).toEqual(expect.arrayContaining(['SignOut', 'ConfirmSignIn']));
});

it('keeps who is signed in where they did not confirm who they are', async () => {
  sessionStorage.setItem('upstream.return-to', '/inbox');
  await open('/single-sign-on?error=access_denied', { refreshSession: () => sessionPayload() });
  expect(await screen.findByRole('heading', { level: 1, name: 'Inbox' })).toBeInTheDocument();
  expect(await screen.findByText(/^You were not signed in there/)).toBeInTheDocument();
});
