import { screen, waitFor, within } from '@testing-library/react';
import { GraphQLError } from 'graphql';
import { beforeEach, expect, it } from 'vitest';
import { dana, pageOf, READING } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const address = (id: string, name: string, changes: Record<string, unknown> = {}) => ({
  id,
  name,
  url: `https://hooks.example.org/${id}`,
  createdAt: '2026-03-01T10:00:00Z',
  createdBy: dana,
  rotatedAt: null as string | null,
  removedAt: null as string | null,
  toldAt: null as string | null,
  failingSince: null as string | null,
  ...changes,
});
const delivery = (id: string, changes: Record<string, unknown> = {}) => ({
  id,
  event: 'alert.opened',
  createdAt: '2026-05-02T10:00:00Z',
  attempts: 1,
  status: 204 as number | null,
  problem: '',
  deliveredAt: '2026-05-02T10:00:01Z' as string | null,
  givenUp: false,
  nextAttemptAt: null as string | null,
  ...changes,
});

let addresses: ReturnType<typeof address>[];
let deliveries: ReturnType<typeof delivery>[];
let problem: { code: string; field: string | null; message: string } | null;

const root = {
  alertWebhooks: () => pageOf(addresses),
  alertDeliveries: ({ first, after }: { first: number; after: string | null }) => {
    const start = after ? Number(after) : 0;
    const end = start + first;
    const page = pageOf(deliveries.slice(start, end));
    return { ...page, pageInfo: { ...page.pageInfo, hasNextPage: end < deliveries.length, endCursor: String(end) } };
  },
  createAlertWebhook: ({ name, url }: { name: string; url: string }) => {
    if (problem) return { alertWebhook: null, secret: null, errors: [problem] };
    addresses = [address('new', name, { url }), ...addresses];
    return { alertWebhook: addresses[0], secret: 'uaw_first', errors: [] };
  },
  rotateAlertWebhook: ({ id }: { id: string }) => {
    addresses = addresses.map((each) => (each.id === id ? { ...each, rotatedAt: '2026-04-01T10:00:00Z' } : each));
    return { alertWebhook: addresses[0], secret: 'uaw_second', errors: [] };
  },
  removeAlertWebhook: ({ id }: { id: string }) => {
    if (problem) return { alertWebhook: null, errors: [problem] };
    addresses = addresses.map((each) => (each.id === id ? { ...each, removedAt: '2026-04-02T10:00:00Z' } : each));
    return { alertWebhook: addresses.find((each) => each.id === id), errors: [] };
  },
  testAlertWebhook: () => {
    if (problem) return { delivery: null, errors: [problem] };
    const sent = delivery('test', { event: 'test', attempts: 0, status: null, deliveredAt: null });
    deliveries = [sent, ...deliveries];
    return { delivery: sent, errors: [] };
  },
};

const show = (path = '/settings/addresses', more = {}) => renderApp(path, 'Alert addresses', { ...root, ...more });

beforeEach(() => {
  addresses = [];
  deliveries = [];
  problem = null;
});

it('teaches what is sent and how it is checked while there is none', async () => {
  await show();
  expect(await screen.findByText(/nothing of patients or claims/)).toHaveTextContent(/HMAC-SHA256/);
});

it('adds an address and shows its secret once', async () => {
  const { user, operations } = await show();
  await user.click(await screen.findByRole('button', { name: 'Add an address' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add an alert address' }));
  await user.click(dialog.getByRole('button', { name: 'Add' }));
  expect(dialog.getByText('Say which system listens.')).toBeInTheDocument();
  await user.type(dialog.getByLabelText('Name'), 'Team chat');
  await user.click(dialog.getByRole('button', { name: 'Add' }));
  expect(dialog.getByText('Enter its address.')).toBeInTheDocument();
  expect(operations.some(({ name }) => name === 'CreateAlertWebhook')).toBe(false);
  problem = { code: 'INVALID', field: 'url', message: 'The address must begin with https:// and a host’s name.' };
  await user.type(dialog.getByLabelText('Address'), 'http://hooks.example.org/{Enter}');
  expect(await dialog.findByText(/must begin with https/)).toBeInTheDocument();
  expect(dialog.getByLabelText('Address')).toBeInvalid();
  problem = null;
  await user.type(dialog.getByLabelText('Address'), 'x{Enter}');
  const shown = await screen.findByRole('dialog', { name: 'The secret for Team chat' });
  expect(within(shown).getByLabelText('Secret')).toHaveValue('uaw_first');
  await user.click(within(shown).getByRole('button', { name: 'Copy' }));
  expect(await navigator.clipboard.readText()).toBe('uaw_first');
  await user.click(within(shown).getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByDisplayValue('uaw_first')).not.toBeInTheDocument());
  expect(await screen.findByRole('row', { name: /Team chat/ })).toHaveTextContent('Not told anything yet');
});

it('says of no field what the server refuses', async () => {
  problem = { code: 'CONFLICT', field: null, message: 'There can be 10 addresses.' };
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Add an address' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Add an alert address' }));
  await user.type(dialog.getByLabelText('Name'), 'Team chat');
  await user.type(dialog.getByLabelText('Address'), 'https://hooks.example.org/{Enter}');
  expect(await dialog.findByRole('alert')).toHaveTextContent('There can be 10 addresses.');
});

it('tells how each address stands', async () => {
  addresses = [
    address('a', 'Team chat', { toldAt: new Date(Date.now() - 2 * 86_400_000).toISOString() }),
    address('b', 'Task list', { failingSince: '2026-05-03T10:00:00Z' }),
    address('c', 'Old system', { removedAt: '2026-02-03T10:00:00Z', failingSince: '2026-02-01T10:00:00Z' }),
  ];
  await show();
  expect(await screen.findByRole('row', { name: /Team chat/ })).toHaveTextContent('2 days ago1 Mar 2026Dana Whitfield');
  expect(screen.getByRole('row', { name: /Task list/ })).toHaveTextContent('Failing since 3 May 2026');
  const removed = screen.getByRole('row', { name: /Old system/ });
  expect(removed).toHaveTextContent('Removed on 3 Feb 2026');
  expect(within(removed).getAllByRole('button')).toHaveLength(1);
});

it('sends a test and shows what comes of it', async () => {
  addresses = [address('a', 'Team chat')];
  const { user, router } = await show();
  await user.click(await screen.findByRole('button', { name: 'Send a test: Team chat' }));
  const messages = within(await screen.findByRole('region', { name: 'Messages to Team chat' }));
  expect(await messages.findByRole('row', { name: /Test/ })).toHaveTextContent('Is being sent');
  expect(router.state.location.search).toEqual({ of: 'a' });
  deliveries = [delivery('test', { event: 'test' })];
  addresses = [address('a', 'Team chat', { toldAt: new Date().toISOString() })];
  await waitFor(() => expect(messages.getByRole('row', { name: /Test/ })).toHaveTextContent('Taken, with 204'), {
    timeout: 4_000,
  });
  await waitFor(() => expect(screen.getByRole('row', { name: /Team chat/ })).toHaveTextContent('Told'));
});

it('says why a test was not sent', async () => {
  addresses = [address('a', 'Team chat')];
  problem = { code: 'NOT_FOUND', field: 'id', message: 'No such webhook.' };
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Send a test: Team chat' }));
  expect(await screen.findByText('No such webhook.')).toBeInTheDocument();
});

it('lists what was sent, page by page, with what is tried again', async () => {
  addresses = [address('a', 'Team chat')];
  const failed = { status: 500, problem: 'The answer was 500.', deliveredAt: null };
  deliveries = [
    delivery('d0', { ...failed, attempts: 2, nextAttemptAt: '2026-05-02T10:08:00Z' }),
    delivery('d1', { ...failed, attempts: 7, givenUp: true }),
    ...Array.from({ length: 20 }, (_, index) => delivery(`o${index}`)),
  ];
  const { user } = await show('/settings/addresses?of=a');
  const messages = within(await screen.findByRole('region', { name: 'Messages to Team chat' }));
  const rows = await messages.findAllByRole('row');
  expect(rows).toHaveLength(21);
  expect(rows[1]).toHaveTextContent(/The answer was 500\.next attempt: 2 May/);
  expect(rows[2]).toHaveTextContent('Given up. The answer was 500.7');
  await user.click(messages.getByRole('button', { name: 'Next' }));
  await waitFor(() => expect(messages.getAllByRole('row')).toHaveLength(3));
});

it('says what went wrong with the list of messages, and asks again', async () => {
  addresses = [address('a', 'Team chat')];
  let broken = true;
  const { user } = await show('/settings/addresses?of=a', {
    alertDeliveries: () => {
      if (broken) throw new GraphQLError('Something went wrong on our side.', { extensions: { code: 'INTERNAL' } });
      return pageOf([]);
    },
  });
  expect(await screen.findByText(/Something went wrong on our side/)).toBeInTheDocument();
  broken = false;
  await user.click(screen.getByRole('button', { name: /again/i }));
  expect(await screen.findByText(/Send a test to see whether messages arrive/)).toBeInTheDocument();
});

it('rotates and removes after asking', async () => {
  addresses = [address('a', 'Team chat')];
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Rotate: Team chat' }));
  await user.click(await screen.findByRole('button', { name: 'Rotate' }));
  const shown = await screen.findByRole('dialog', { name: 'The secret for Team chat' });
  expect(within(shown).getByLabelText('Secret')).toHaveValue('uaw_second');
  await user.click(within(shown).getByRole('button', { name: 'Done' }));
  expect(await screen.findByRole('row', { name: /Team chat/ })).toHaveTextContent('1 Apr 2026');
  problem = { code: 'NOT_FOUND', field: 'id', message: 'No such webhook.' };
  await user.click(screen.getByRole('button', { name: 'Remove: Team chat' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Remove “Team chat”?' }));
  await user.click(dialog.getByRole('button', { name: 'Remove' }));
  expect(await dialog.findByRole('alert')).toHaveTextContent('No such webhook.');
  problem = null;
  await user.click(dialog.getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(screen.getByRole('row', { name: /Team/ })).toHaveTextContent('Removed on 2 Apr 2026'));
});

it('is not shown to roles that do not deal with addresses', async () => {
  await renderApp('/settings/addresses', 'Alert addresses', root, READING);
  expect(screen.getByText(/Your role does not show alert addresses/)).toBeInTheDocument();
});
