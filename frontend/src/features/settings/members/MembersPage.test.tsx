import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import type { Permission } from '@/graphql/tada';
import { EVERYTHING, invitation, member, pageOf, READING, sessionPayload } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const MANAGING: Permission[] = [...EVERYTHING, 'MEMBERS_WRITE'];

let members: ReturnType<typeof member>[];
let invitations: ReturnType<typeof invitation>[];
let problem: { code: string; field: string | null; message: string } | null;

const root = {
  members: () => members,
  invitations: () => invitations,
  inviteMember: ({ input }: { input: { email: string; name: string; role: string } }) => {
    if (problem) return { invitation: null, errors: [problem] };
    const made = invitation('new', input.name, input.role, { email: input.email, sentAt: null });
    invitations = [made, ...invitations];
    return { invitation: made, errors: [] };
  },
  resendInvitation: ({ id }: { id: string }) => {
    if (problem) return { invitation: null, errors: [problem] };
    return { invitation: invitations.find((each) => each.id === id), errors: [] };
  },
  revokeInvitation: ({ id }: { id: string }) => {
    const revoked = invitations.find((each) => each.id === id);
    invitations = invitations.filter((each) => each !== revoked);
    return { invitation: revoked, errors: [] };
  },
  changeMemberRole: ({ id, role }: { id: string; role: string }) => {
    if (problem) return { member: null, errors: [problem] };
    members = members.map((each) => (each.id === id ? { ...each, role } : each));
    return { member: members.find((each) => each.id === id), errors: [] };
  },
  removeMember: ({ id }: { id: string }) => {
    if (problem) return { memberId: null, errors: [problem] };
    members = members.filter((each) => each.id !== id);
    return { memberId: id, errors: [] };
  },
};

beforeEach(() => {
  members = [
    member('u1', 'Dana Whitfield', 'OWNER', { hasSecondFactor: true, lastSeenAt: new Date().toISOString() }),
    member('u2', 'Luis Ortega', 'CARE_TEAM'),
  ];
  invitations = [];
  problem = null;
});

const show = (permissions = MANAGING, more = {}) =>
  renderApp('/settings/members', 'Members', { ...root, ...more }, permissions);

it('lists who is there, with second factor and last visit, and nothing to change about oneself', async () => {
  await show();
  const dana = await screen.findByRole('row', { name: /Dana Whitfield/ });
  expect(dana).toHaveTextContent('OwnerOn');
  expect(within(dana).queryByRole('button')).not.toBeInTheDocument();
  expect(screen.getByRole('row', { name: /Luis Ortega/ })).toHaveTextContent('Care teamOffNever');
  expect(screen.getByText('Nobody is being waited for.')).toBeInTheDocument();
});

it('invites somebody, says what is missing and what the server refuses at the field', async () => {
  problem = { code: 'DUPLICATE', field: 'email', message: 'This person is invited already.' };
  const { user, operations } = await show();
  await user.click(await screen.findByRole('button', { name: 'Invite' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Invite somebody' }));
  await user.click(dialog.getByRole('button', { name: 'Invite' }));
  expect(dialog.getByText('Enter an e-mail address.')).toBeInTheDocument();
  expect(dialog.getByText('Enter a name.')).toBeInTheDocument();
  expect(operations.some(({ name }) => name === 'InviteMember')).toBe(false);
  await user.type(dialog.getByLabelText('E-mail'), 'nina@riverbend.example');
  await user.type(dialog.getByLabelText('Name'), 'Nina Ash');
  await user.selectOptions(dialog.getByLabelText('Role'), 'Analyst');
  await user.click(dialog.getByRole('button', { name: 'Invite' }));
  expect(await dialog.findByText('This person is invited already.')).toBeInTheDocument();
  problem = null;
  await user.click(dialog.getByRole('button', { name: 'Invite' }));
  expect(await screen.findByRole('row', { name: /Nina Ash/ })).toHaveTextContent('AnalystDana WhitfieldIs being sent');
  const input = operations.filter(({ name }) => name === 'InviteMember').at(-1)?.variables.input;
  expect(input).toEqual({ email: 'nina@riverbend.example', name: 'Nina Ash', role: 'ANALYST' });
});

it('tells what became of invitations, and sends again or revokes', async () => {
  invitations = [
    invitation('a', 'Nina Ash', 'VIEWER', { sentAt: null, sendingFailed: true }),
    invitation('b', 'Omar Birch', 'VIEWER', { expiresAt: '2026-05-01T09:00:00Z' }),
    invitation('c', 'Pia Cedar', 'VIEWER'),
  ];
  const { user } = await show();
  expect(await screen.findByRole('row', { name: /Nina Ash/ })).toHaveTextContent('The mail could not be sent');
  expect(screen.getByRole('row', { name: /Omar Birch/ })).toHaveTextContent('Ran out on 1 May 2026');
  expect(screen.getByRole('row', { name: /Pia Cedar/ })).toHaveTextContent('Until 19 May 2099');
  await user.click(screen.getByRole('button', { name: 'Send again to Nina Ash' }));
  expect(await screen.findByText(/Nina Ash gets another link/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Revoke the invitation of Pia Cedar' }));
  await waitFor(() => expect(screen.queryByRole('row', { name: /Pia Cedar/ })).not.toBeInTheDocument());
  problem = { code: 'RATE_LIMITED', field: null, message: 'Wait a while.' };
  await user.click(screen.getByRole('button', { name: 'Send again to Omar Birch' }));
  expect(await screen.findByText('Wait a while.')).toBeInTheDocument();
});

it('changes a role', async () => {
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Change role of Luis Ortega' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Role of Luis Ortega' }));
  await user.selectOptions(dialog.getByLabelText('Role'), 'Viewer');
  await user.click(dialog.getByRole('button', { name: 'Change' }));
  await waitFor(() => expect(screen.getByRole('row', { name: /Luis Ortega/ })).toHaveTextContent('Viewer'));
});

it('removes somebody after asking, and says why not', async () => {
  problem = { code: 'CONFLICT', field: null, message: 'An organization needs an owner.' };
  const { user, operations } = await show();
  await user.click(await screen.findByRole('button', { name: 'Remove Luis Ortega' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Remove Luis Ortega?' }));
  expect(operations.some(({ name }) => name === 'RemoveMember')).toBe(false);
  await user.click(dialog.getByRole('button', { name: 'Remove' }));
  expect(await dialog.findByRole('alert')).toHaveTextContent('An organization needs an owner.');
  problem = null;
  await user.click(dialog.getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(screen.queryByRole('row', { name: /Luis Ortega/ })).not.toBeInTheDocument());
});

it('offers an administrator neither to make owners nor to change them', async () => {
  members = [member('u1', 'Dana Whitfield', 'ADMIN'), member('u3', 'Olive Reed', 'OWNER')];
  invitations = [invitation('a', 'Nina Ash', 'OWNER')];
  const payload = sessionPayload(MANAGING);
  const { user } = await show(MANAGING, {
    refreshSession: () => ({ ...payload, viewer: { ...payload.viewer, role: 'ADMIN' } }),
  });
  expect(within(await screen.findByRole('row', { name: /Olive Reed/ })).queryByRole('button')).not.toBeInTheDocument();
  expect(within(screen.getByRole('row', { name: /Nina Ash/ })).queryByRole('button')).not.toBeInTheDocument();
  await user.keyboard('n');
  const dialog = within(await screen.findByRole('dialog', { name: 'Invite somebody' }));
  const roles = within(dialog.getByLabelText('Role')).getAllByRole('option');
  expect(roles.map(({ textContent }) => textContent)).toEqual([
    'Administrator',
    'Care team',
    'Analyst',
    'Auditor',
    'Viewer',
  ]);
});

it('is the page of Settings that an auditor is led to', async () => {
  const { user, router } = await renderApp('/', 'Audit', { ...root, auditEvents: () => pageOf([]) }, [
    'AUDIT_READ',
    'MEMBERS_READ',
  ]);
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  expect(await screen.findByRole('row', { name: /Luis Ortega/ })).toBeInTheDocument();
  expect(screen.getByRole('navigation', { name: 'Settings' })).toHaveTextContent(/^Members$/);
  await router.navigate({ to: '/settings' });
  await waitFor(() => expect(router.state.location.pathname).toBe('/settings/members'));
});

it('shows others who is there, and asks for no more than that', async () => {
  const { operations } = await show([...READING, 'MEMBERS_READ']);
  expect(await screen.findByRole('row', { name: /Luis Ortega/ })).toHaveTextContent('Care team');
  expect(screen.queryByRole('button', { name: 'Invite' })).not.toBeInTheDocument();
  expect(operations.find(({ name }) => name === 'Members')?.variables).toEqual({ manages: false });
});
