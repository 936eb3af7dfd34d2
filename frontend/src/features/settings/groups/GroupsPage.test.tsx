import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { READING } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

type Group = { id: string; name: string; codes: string[] };
let groups: Group[];
let edits: { id: string; createdAt: string; summary: string; editedBy: { id: string; name: string } }[];
let problem: { code: string; field: string; message: string } | null;
let job: { id: string; state: string; progressDone: number; progressTotal: number | null } | null;

const moves = [{ fromGroup: 'Office visits', toGroup: 'Short visits', claims: 1200 }];
const root = {
  serviceGroups: () => groups,
  serviceGroupEdits: () => edits,
  regroupings: () =>
    job
      ? [
          {
            progressLabel: 'Moving claims',
            attempts: 1,
            error: job.state === 'FAILED' ? { code: 'INTERNAL', field: null, message: 'It broke.' } : null,
            createdAt: '2026-05-12T10:00:00Z',
            startedAt: null,
            finishedAt: null,
            ...job,
          },
        ]
      : [],
  serviceGroupPreview: ({ codes }: { codes: string | null }) =>
    problem && codes !== null
      ? { moves: [], notes: [], errors: [problem] }
      : { moves, notes: ['99213 lies within 99202-99215.'], errors: [] },
  saveServiceGroup: ({ id, name, codes }: { id: string | null; name: string; codes: string }) => {
    const saved = { id: id ?? 'new', name, codes: codes.split(', ') };
    groups = [...groups.filter((each) => each.id !== id), saved];
    return changed(`${name} saved`);
  },
  removeServiceGroup: ({ id }: { id: string }) => {
    groups = groups.filter((each) => each.id !== id);
    return changed('Office visits removed');
  },
  restoreServiceGroups: () => {
    groups = FIRST;
    return changed('Groups as before');
  },
  regroupClaims: () => {
    job = { id: 'j2', state: 'RUNNING', progressDone: 50, progressTotal: 200 };
    return { job, errors: [] };
  },
};

const FIRST: Group[] = [
  { id: 'g1', name: 'Office visits', codes: ['99202-99215', 'G0402'] },
  { id: 'g2', name: 'Other services', codes: [] },
];

function changed(summary: string) {
  const edit = {
    id: `e${edits.length}`,
    createdAt: '2026-05-12T10:00:00Z',
    summary,
    editedBy: { id: 'u1', name: 'Dana Whitfield' },
  };
  edits = [edit, ...edits];
  return { edit, errors: [] };
}

beforeEach(() => {
  groups = FIRST;
  edits = [];
  problem = null;
  job = null;
});

it('shows what moves before a group can be saved, and asks again when the codes change', async () => {
  const { user, operations } = await renderApp('/settings/groups', 'Service groups', root);
  await user.click(await screen.findByRole('button', { name: 'Add a group' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add a group' });
  await user.type(within(dialog).getByLabelText('Name'), 'Short visits');
  await user.type(within(dialog).getByLabelText('Codes'), '9921');
  expect(within(dialog).queryByRole('button', { name: 'Save' })).not.toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'See what moves' }));
  expect(await within(dialog).findByText('1,200 claims would move, of the past too:')).toBeInTheDocument();
  expect(within(dialog).getByText('Office visits → Short visits')).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText('Codes'), '3');
  expect(within(dialog).queryByText(/would move/)).not.toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'See what moves' }));
  await user.click(await within(dialog).findByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('row', { name: /Short visits/ })).toHaveTextContent('99213');
  expect(operations.find(({ name }) => name === 'SaveServiceGroup')?.variables).toEqual({
    id: null,
    name: 'Short visits',
    codes: '99213',
  });
});

it('says at the codes what the server refuses, and saves nothing', async () => {
  problem = { code: 'INVALID', field: 'codes', message: 'VISITS is no procedure code.' };
  const { user, operations } = await renderApp('/settings/groups', 'Service groups', root);
  await user.click(await screen.findByRole('button', { name: 'Change Office visits' }));
  const dialog = await screen.findByRole('dialog', { name: 'Change the group' });
  expect(within(dialog).getByLabelText('Codes')).toHaveValue('99202-99215, G0402');
  await user.click(within(dialog).getByRole('button', { name: 'See what moves' }));
  await waitFor(() =>
    expect(within(dialog).getByLabelText('Codes')).toHaveAccessibleDescription(/VISITS is no procedure code/),
  );
  expect(operations.some(({ name }) => name === 'SaveServiceGroup')).toBe(false);
});

it('removes a group after saying where its claims go, and brings it back with undo', async () => {
  const { user } = await renderApp('/settings/groups', 'Service groups', root);
  await user.click(await screen.findByRole('button', { name: 'Remove Office visits' }));
  const dialog = await screen.findByRole('dialog', { name: 'Remove “Office visits”?' });
  expect(await within(dialog).findByText(/1,200 claims would move/)).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(screen.queryByRole('row', { name: /Office visits/ })).not.toBeInTheDocument());
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('row', { name: /Office visits/ })).toBeInTheDocument();
});

it('only renames the group that takes the rest', async () => {
  const { user, operations } = await renderApp('/settings/groups', 'Service groups', root);
  expect(screen.queryByRole('button', { name: 'Remove Other services' })).not.toBeInTheDocument();
  await user.click(await screen.findByRole('button', { name: 'Change Other services' }));
  const dialog = await screen.findByRole('dialog', { name: 'Change the group' });
  expect(within(dialog).queryByLabelText('Codes')).not.toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(operations.some(({ name }) => name === 'SaveServiceGroup')).toBe(true));
});

it('goes back to how the groups were before a change', async () => {
  changed('Codes of Office visits changed');
  const { user, operations } = await renderApp('/settings/groups', 'Service groups', root);
  await user.click(await screen.findByRole('button', { name: 'Go back before: Codes of Office visits changed' }));
  await waitFor(() =>
    expect(operations.find(({ name }) => name === 'RestoreServiceGroups')?.variables).toEqual({ editId: 'e0' }),
  );
});

it('tells how far the moving of past claims is, and begins again what failed', async () => {
  job = { id: 'j1', state: 'FAILED', progressDone: 0, progressTotal: null };
  const { user } = await renderApp('/settings/groups', 'Service groups', root);
  expect(await screen.findByText(/It broke\./)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(await screen.findByText(/are being moved: 50 of 200/)).toBeInTheDocument();
});

it('is only read by a role that does not write payers', async () => {
  await renderApp('/settings/groups', 'Service groups', root, READING);
  await screen.findByRole('row', { name: /Office visits/ });
  expect(screen.queryByRole('button', { name: /Add|Change|Remove|Go back/ })).not.toBeInTheDocument();
  expect(screen.getByText(/Your role reads the groups/)).toBeInTheDocument();
});
