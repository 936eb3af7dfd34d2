import { act, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { serveApi } from '../../tests/api';
import { alert, pageOf, payer, sessionPayload, signal } from '../../tests/fixtures';
import { renderApp } from '../../tests/renderApp';

const only = alert('a1', 'Meridian denies more', signal('s1', payer('p1', 'Meridian')));
const root = { alert: () => only, alerts: () => pageOf([only]), signal: () => only.signal };

it('asks for sign-in in place, and leads back with what was typed', async () => {
  const { session, user } = await renderApp('/alerts/a1', 'Meridian denies more', root);
  await user.type(screen.getByRole('textbox', { name: 'Note' }), 'Half a thought');
  serveApi({
    ...root,
    payers: () => pageOf([]),
    claims: () => pageOf([]),
    exports: () => pageOf([]),
    signOut: () => ({ ok: true, errors: [] }),
    signIn: () => sessionPayload(),
  });
  await act(() => session.signOut('idle'));
  expect(await screen.findByText(/nothing was touched for a while/)).toBeInTheDocument();
  expect(screen.queryByText('Meridian denies more')).not.toBeInTheDocument();

  await user.type(screen.getByRole('textbox', { name: 'E-mail' }), 'dana@riverbend.example');
  await user.type(screen.getByLabelText('Password'), 'secret');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Meridian denies more' })).toBeInTheDocument();
  expect(screen.getByRole('textbox', { name: 'Note' })).toHaveValue('Half a thought');
});

it('says what is missing before it asks the server', async () => {
  const { session, user } = await renderApp('/inbox', 'Inbox', root);
  const operations = serveApi({ signOut: () => ({ ok: true, errors: [] }) });
  await act(() => session.signOut('signed-out'));
  await user.click(await screen.findByRole('button', { name: 'Sign in' }));
  expect(screen.getByText(/Enter the e-mail address/)).toBeInTheDocument();
  expect(screen.getByText('Enter your password.')).toBeInTheDocument();
  expect(operations.filter(({ name }) => name === 'SignIn')).toEqual([]);
});

it("asks for nothing of a part the person's role does not show, and says whom to ask", async () => {
  const { operations } = await renderApp('/claims', 'Claims', root, ['AUDIT_READ']);
  expect(screen.getByText(/An owner or administrator/)).toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'Claims' })).not.toBeInTheDocument();
  expect(operations.map(({ name }) => name)).toEqual(['RefreshSession']);
});

it('shows another organization nothing of the one before', async () => {
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const harbor = { id: 'o2', name: 'Harborview', slug: 'h', dataThrough: null, isDemo: false };
  const both = sessionPayload();
  both.viewer.organizations = [both.viewer.organization, harbor as never];
  const there = { ...both, viewer: { ...both.viewer, organization: harbor } };
  let inHarbor = false;
  const { user } = await renderApp('/inbox', 'Inbox', {
    refreshSession: () => both,
    switchOrganization: () => {
      inHarbor = true;
      return there;
    },
    alerts: () => pageOf(inHarbor ? [] : [only]),
  });
  expect(await screen.findByRole('link', { name: 'Meridian denies more' })).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: /switch organization/ }));
  // Without a layout the popover counts as scrolled out of view: hence `hidden`, and a warning of its focus trap.
  await user.click(await screen.findByRole('button', { name: 'Harborview', hidden: true }));
  expect(await screen.findByText('No claims yet')).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByText('Meridian denies more')).not.toBeInTheDocument());
});
