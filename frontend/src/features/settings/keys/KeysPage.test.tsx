import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { EVERYTHING, pageOf, READING, serviceKey } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const TEXT = 'upk_1a2b3c4d5e6f_secret';
let keys: ReturnType<typeof serviceKey>[];
let problem: { code: string; field: string; message: string } | null;

const root = {
  serviceKeys: () => pageOf(keys),
  createServiceKey: ({ input }: { input: { name: string; scopes: string[] } }) => {
    if (problem) return { key: null, serviceKey: null, errors: [problem] };
    const made = serviceKey('new', input.name, { scopes: input.scopes });
    keys = [made, ...keys];
    return { key: TEXT, serviceKey: made, errors: [] };
  },
  revokeServiceKey: ({ id }: { id: string }) => {
    if (problem) return { serviceKey: null, errors: [problem] };
    keys = keys.map((key) => (key.id === id ? { ...key, revokedAt: '2026-04-02T10:00:00Z' } : key));
    return { serviceKey: keys.find((key) => key.id === id), errors: [] };
  },
};

beforeEach(() => {
  keys = [];
  problem = null;
});

it('creates a key, shows it once and copies it', async () => {
  const { user, operations } = await renderApp('/settings/keys', 'Service keys', root);
  await user.click(await screen.findByRole('button', { name: 'Create a key' }));
  const dialog = await screen.findByRole('dialog', { name: 'Create a service key' });
  await user.type(within(dialog).getByLabelText('Name'), 'Practice management');
  await user.click(within(dialog).getByLabelText('Follow uploads'));
  await user.selectOptions(within(dialog).getByLabelText('Ends after'), '30 days');
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));

  const shown = await screen.findByRole('dialog', { name: 'The key for Practice management' });
  expect(within(shown).getByLabelText('Service key')).toHaveValue(TEXT);
  await user.click(within(shown).getByRole('button', { name: 'Copy' }));
  expect(await within(shown).findByRole('button', { name: 'Copied' })).toBeInTheDocument();
  expect(await navigator.clipboard.readText()).toBe(TEXT);
  await user.keyboard('{Escape}');
  expect(shown).toBeInTheDocument();
  await user.click(within(shown).getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByDisplayValue(TEXT)).not.toBeInTheDocument());
  expect(await screen.findByRole('row', { name: /Practice management/ })).toHaveTextContent('Hand files in');

  const input = operations.find(({ name }) => name === 'CreateServiceKey')?.variables?.input;
  const inThirtyDays = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  expect(input).toEqual({ name: 'Practice management', scopes: ['UPLOADS_WRITE'], expiresOn: inThirtyDays });
});

it('says what is missing, and what the server refuses', async () => {
  problem = { code: 'INVALID', field: 'name', message: 'A name holds up to 80 characters.' };
  const { user, operations } = await renderApp('/settings/keys', 'Service keys', root);
  await user.click(await screen.findByRole('button', { name: 'Create a key' }));
  const dialog = await screen.findByRole('dialog', { name: 'Create a service key' });
  for (const label of ['Hand files in', 'Follow uploads']) await user.click(within(dialog).getByLabelText(label));
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(within(dialog).getByText('Say which system will hold the key.')).toBeInTheDocument();
  expect(within(dialog).getByText('Choose what the key may do.')).toBeInTheDocument();
  expect(operations.some(({ name }) => name === 'CreateServiceKey')).toBe(false);

  await user.type(within(dialog).getByLabelText('Name'), 'X');
  await user.click(within(dialog).getByLabelText('Hand files in'));
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await within(dialog).findByText('A name holds up to 80 characters.')).toBeInTheDocument();
});

it('tells since when a key was not used, and which ones count no more', async () => {
  keys = [
    serviceKey('a', 'Billing', { lastUsedAt: new Date(Date.now() - 2 * 86_400_000).toISOString() }),
    serviceKey('b', 'Old system', { expiresAt: '2026-01-05T00:00:00Z' }),
    serviceKey('c', 'Lost laptop', { revokedAt: '2026-02-03T10:00:00Z' }),
  ];
  await renderApp('/settings/keys', 'Service keys', root);
  expect(await screen.findByRole('row', { name: /Billing/ })).toHaveTextContent('2 days ago');
  expect(screen.getByRole('row', { name: /Old system/ })).toHaveTextContent('Ended on 5 Jan 2026');
  expect(screen.getByRole('row', { name: /Lost laptop/ })).toHaveTextContent('Revoked on 3 Feb 2026');
  expect(screen.getAllByRole('button', { name: /^Revoke/ })).toHaveLength(1);
});

it('revokes a key after asking', async () => {
  keys = [serviceKey('a', 'Billing')];
  const { user, operations } = await renderApp('/settings/keys', 'Service keys', root);
  await user.click(await screen.findByRole('button', { name: /^Revoke Billing/ }));
  await user.click(await screen.findByRole('button', { name: 'Keep it' }));
  expect(operations.some(({ name }) => name === 'RevokeServiceKey')).toBe(false);
  await user.click(screen.getByRole('button', { name: /^Revoke Billing/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke “Billing”?' });
  await user.click(within(dialog).getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(screen.getByRole('row', { name: /Billing/ })).toHaveTextContent('Revoked on 2 Apr 2026'));
});

it('says where revoking failed, and keeps the question open', async () => {
  keys = [serviceKey('a', 'Billing')];
  problem = { code: 'NOT_FOUND', field: 'id', message: 'No such key.' };
  const { user } = await renderApp('/settings/keys', 'Service keys', root);
  await user.click(await screen.findByRole('button', { name: /^Revoke Billing/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke “Billing”?' });
  await user.click(within(dialog).getByRole('button', { name: 'Revoke' }));
  expect(await within(dialog).findByRole('alert')).toHaveTextContent('No such key.');
});

it('is not shown to roles that do not deal with keys', async () => {
  await renderApp('/settings/keys', 'Service keys', root, READING);
  expect(screen.getByText(/Your role does not show service keys/)).toBeInTheDocument();
});

it('stands among the settings of those who do', async () => {
  await renderApp('/settings/events', 'Known events', root, EVERYTHING);
  expect(screen.getByRole('link', { name: 'Service keys' })).toHaveAttribute('href', '/settings/keys');
});
