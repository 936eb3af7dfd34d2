import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { viewer } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';
import { lastTouch, touch, WARNING_MS } from './idle';

/** What the server of these tests tells. */
const IDLE_LIMIT_MS = viewer([]).idleLimitSeconds * 1000;
const root = { signOut: () => ({ ok: true, errors: [] }) };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

/** As if nobody, in any tab, had touched anything for so long. */
const untouchedFor = (milliseconds: number) =>
  act(() => {
    touch(Date.now() - milliseconds);
    vi.advanceTimersByTime(1000);
  });

async function warned() {
  const app = await renderApp('/inbox', 'Inbox', root);
  untouchedFor(IDLE_LIMIT_MS - WARNING_MS + 30_000);
  const dialog = within(await screen.findByRole('dialog', { name: 'Still there?' }));
  return { ...app, dialog };
}

it('counts down, and one answer keeps the session in every tab', async () => {
  const { dialog, operations, user } = await warned();
  expect(dialog.getByText(/^1:(30|29)$/)).toBeInTheDocument();
  await user.click(dialog.getByRole('button', { name: 'Stay signed in' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(Date.now() - lastTouch()).toBeLessThan(5_000);
  await waitFor(() => {
    const renewals = operations.filter(({ name }) => name === 'RefreshSession');
    expect(renewals.map(({ variables }) => variables.idleSeconds)).toEqual([0, 0]);
  });
});

it('signs out at the end, and says why', async () => {
  const { operations } = await warned();
  untouchedFor(IDLE_LIMIT_MS);
  expect(await screen.findByText(/nothing was touched for a while/)).toBeInTheDocument();
  expect(screen.queryByRole('heading', { name: 'Inbox' })).not.toBeInTheDocument();
  await waitFor(() => expect(operations.some(({ name }) => name === 'SignOut')).toBe(true));
});

it('signs out when asked to', async () => {
  const { dialog, user } = await warned();
  await user.click(dialog.getByRole('button', { name: 'Sign out' }));
  expect(await screen.findByText('You are signed out.')).toBeInTheDocument();
});

it('goes away when another tab was touched', async () => {
  await warned();
  untouchedFor(0);
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
});
