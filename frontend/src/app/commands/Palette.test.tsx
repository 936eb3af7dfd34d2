import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { alert, pageOf, payer, signal } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const meridian = payer('p1', 'Meridian');
const only = alert('a1', 'Meridian denies more', signal('s1', meridian));
const root = {
  alerts: ({ filter }: { filter?: { search?: string } }) => pageOf(filter?.search ? [] : [only]),
  alert: () => only,
  signal: () => only.signal,
  payers: ({ filter }: { filter?: { search?: string } }) => pageOf(filter?.search === 'meri' ? [meridian] : []),
  payer: () => meridian,
};

it('finds a payer by name and goes there', async () => {
  const { user, router } = await renderApp('/inbox', 'Inbox', root);
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('textbox', { name: 'Search and commands' }), 'meri');
  await user.click(await screen.findByRole('button', { name: /^Meridian/ }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/payers/p1'));
});

it('runs the commands of the page it was opened on', async () => {
  const { user } = await renderApp('/inbox', 'Inbox', root);
  await screen.findByRole('link', { name: 'Meridian denies more' });
  await user.keyboard('j{Control>}k{/Control}');
  await user.type(await screen.findByRole('textbox', { name: 'Search and commands' }), 'snooze');
  await user.click(await screen.findByRole('button', { name: /^Snooze/ }));
  expect(await screen.findByRole('dialog', { name: 'Snooze this alert until' })).toBeInTheDocument();
});

it('takes no letter for a key of the page while it opens', async () => {
  const { user, operations } = await renderApp('/inbox', 'Inbox', root);
  await screen.findByRole('link', { name: 'Meridian denies more' });
  await user.keyboard('j{Control>}k{/Control}e');
  await screen.findByRole('textbox', { name: 'Search and commands' });
  expect(operations.some(({ name }) => name === 'AcknowledgeAlert')).toBe(false);
});
