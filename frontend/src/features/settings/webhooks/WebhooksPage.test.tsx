import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { pageOf, READING } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const webhook = (id: string, name: string, changes: Record<string, unknown> = {}) => ({
  id,
  name,
  path: `/api/v1/webhooks/fhir/${id}/`,
  createdAt: '2026-03-01T10:00:00Z',
  createdBy: null,
  rotatedAt: null as string | null,
  revokedAt: null as string | null,
  lastUsedAt: null,
  ...changes,
});
let webhooks: ReturnType<typeof webhook>[];

const root = {
  webhooks: () => pageOf(webhooks),
  createWebhook: ({ name }: { name: string }) => {
    webhooks = [webhook('new', name), ...webhooks];
    return { webhook: webhooks[0], secret: 'uwh_first', errors: [] };
  },
  rotateWebhook: ({ id }: { id: string }) => {
    webhooks = webhooks.map((each) => (each.id === id ? { ...each, rotatedAt: '2026-04-01T10:00:00Z' } : each));
    return { webhook: webhooks[0], secret: 'uwh_second', errors: [] };
  },
  revokeWebhook: ({ id }: { id: string }) => {
    webhooks = webhooks.map((each) => (each.id === id ? { ...each, revokedAt: '2026-04-02T10:00:00Z' } : each));
    return { webhook: webhooks.find((each) => each.id === id), errors: [] };
  },
};

beforeEach(() => {
  webhooks = [];
});

it('creates a webhook, shows its secret once and its address for good', async () => {
  const { user } = await renderApp('/settings/webhooks', 'Webhooks', root);
  await user.click(await screen.findByRole('button', { name: 'Create a webhook' }));
  const dialog = await screen.findByRole('dialog', { name: 'Create a webhook' });
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(within(dialog).getByText('Say which system will send.')).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText('Name'), 'Health record');
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  const shown = await screen.findByRole('dialog', { name: 'The secret for Health record' });
  expect(within(shown).getByLabelText('Secret')).toHaveValue('uwh_first');
  await user.click(within(shown).getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByDisplayValue('uwh_first')).not.toBeInTheDocument());
  expect(await screen.findByRole('row', { name: /Health record/ })).toHaveTextContent('/api/v1/webhooks/fhir/new/');
});

it('rotates and revokes after asking', async () => {
  webhooks = [webhook('a', 'Health record')];
  const { user } = await renderApp('/settings/webhooks', 'Webhooks', root);
  await user.click(await screen.findByRole('button', { name: 'Rotate Health record' }));
  await user.click(await screen.findByRole('button', { name: 'Rotate' }));
  const shown = await screen.findByRole('dialog', { name: 'The secret for Health record' });
  expect(within(shown).getByLabelText('Secret')).toHaveValue('uwh_second');
  await user.click(within(shown).getByRole('button', { name: 'Done' }));
  expect(await screen.findByRole('row', { name: /Health record/ })).toHaveTextContent('Secret of 1 Apr 2026');
  await user.click(screen.getByRole('button', { name: 'Revoke Health record' }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke “Health record”?' });
  await user.click(within(dialog).getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(screen.getByRole('row', { name: /Health/ })).toHaveTextContent('Revoked on 2 Apr 2026'));
});

it('is not shown to roles that do not deal with webhooks', async () => {
  await renderApp('/settings/webhooks', 'Webhooks', root, READING);
  expect(screen.getByText(/Your role does not show webhooks/)).toBeInTheDocument();
});
