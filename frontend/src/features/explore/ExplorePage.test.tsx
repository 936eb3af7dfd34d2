import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { dana, luis, pageOf, payer, READING } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

// The real one lays out text, which takes a browser; the browser tests use it.
vi.mock('./Editor', () => ({
  Editor: ({ text, onChange }: { text: string; onChange: (text: string) => void }) => (
    <textarea aria-label="Query" value={text} onChange={(changed) => onChange(changed.currentTarget.value)} />
  ),
}));

type Input = { name: string; description?: string; text: string; variables: unknown; shared: boolean };
let queries: ReturnType<typeof queryOf>[];
let number = 0;

const queryOf = (id: string, input: Partial<Input>, own = true) => ({
  id,
  name: 'Payers',
  description: '',
  text: '{ payers { items { name } } }',
  variables: {},
  shared: false,
  ...input,
  own,
  owner: own ? dana : luis,
  schedules: [] as unknown[],
});

const root = {
  savedQueries: () => pageOf(queries),
  payers: () => pageOf([payer('p1', 'Meridian'), payer('p2', 'Northwind')]),
  queryCost: ({ text }: { text: string }) => ({
    faults: text.includes('nmae') ? [{ message: 'There is no nmae.', line: 1, column: 20 }] : [],
    values: 1234,
    mostValues: 40_000,
    depth: 3,
    mostDepth: 12,
    missing: text.includes('audit') ? ['AUDIT_READ'] : [],
    left: 998_766,
    mostLeft: 1_000_000,
    secondsLeft: 30,
  }),
  createSavedQuery: ({ input }: { input: Input }) => {
    if (queries.some(({ name }) => name === input.name)) {
      const message = 'You have a query of that name. Choose another.';
      return { savedQuery: null, errors: [{ code: 'DUPLICATE', field: 'name', message }] };
    }
    number += 1;
    const query = queryOf(`q${number}`, input);
    queries = [...queries, query];
    return { savedQuery: query, errors: [] };
  },
  changeSavedQuery: ({ id, input }: { id: string; input: Partial<Input> }) => {
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
    queries = queries.map((each) => (each.id === id ? { ...each, ...given } : each));
    return { savedQuery: queries.find((each) => each.id === id), errors: [] };
  },
  deleteSavedQuery: ({ id }: { id: string }) => {
    const savedQuery = queries.find((each) => each.id === id);
    queries = queries.filter((each) => each.id !== id);
    return { savedQuery, errors: [] };
  },
  scheduleSavedQuery: ({ id, input }: { id: string; input: object }) => {
    const schedule = {
      id: 's1',
      ...input,
      nextRunAt: '2026-06-01T12:00:00Z',
      lastRunAt: null,
      stoppedAt: null,
      stoppedBecause: '',
      scheduledBy: dana,
    };
    queries = queries.map((each) => (each.id === id ? { ...each, schedules: [schedule] } : each));
    return { savedQuery: queries.find((each) => each.id === id), errors: [] };
  },
};

beforeEach(() => {
  queries = [];
  number = 0;
});

const write = (text: string) => fireEvent.change(screen.getByLabelText('Query'), { target: { value: text } });
const run = () => screen.getByRole('button', { name: /^Run/ });

it('tells the cost before a query is run, and what is left of the minute', async () => {
  await renderApp('/explore', 'Explore', root);
  expect(screen.getByText('Nothing asked yet')).toBeInTheDocument();
  write('{ payers { items { name } } }');
  expect(await screen.findByText('1,234')).toBeInTheDocument();
  expect(screen.getByText(/998,766 of 1,000,000 left/)).toBeInTheDocument();
  write('{ auditEvents { totalCount } }');
  expect(await screen.findByText(/your role lacks audit read/)).toBeInTheDocument();
  write('{ payers { items { nmae } } }');
  expect(await screen.findByText(/1 mistake/)).toBeInTheDocument();
  write('mutation { signOut { errors { code } } }');
  expect(await screen.findByText(/only reads/)).toBeInTheDocument();
});

it('runs a query with the values of its form, and sorts its rows', async () => {
  const { user, operations } = await renderApp('/explore', 'Explore', root);
  write('query Named($search: String!) { payers(filter: { search: $search }) { items { name } } }');
  await user.click(run());
  const field = await screen.findByLabelText(/\$search/);
  expect(field).toHaveAccessibleDescription(/needs one/);
  expect(operations.some(({ name }) => name === 'Named')).toBe(false);
  await user.type(field, 'm');
  await user.click(run());
  const rows = await screen.findByRole('region', { name: 'Rows of payers' });
  expect(operations.find(({ name }) => name === 'Named')?.variables).toEqual({ search: 'm' });
  const names = () =>
    within(rows)
      .getAllByRole('cell')
      .map(({ textContent }) => textContent);
  expect(names()).toEqual(['Meridian', 'Northwind']);
  const heading = within(rows).getByRole('button', { name: 'name' });
  await user.click(heading);
  await user.click(heading);
  expect(within(rows).getByRole('columnheader')).toHaveAttribute('aria-sort', 'descending');
  expect(names()).toEqual(['Northwind', 'Meridian']);
});

it('cancels a query that runs', async () => {
  const { user } = await renderApp('/explore', 'Explore', { ...root, payers: () => new Promise(() => undefined) });
  write('{ payers { items { name } } }');
  await user.click(run());
  await user.click((await screen.findAllByRole('button', { name: 'Cancel' }))[0] as HTMLElement);
  expect(await screen.findByText('The query was cancelled.')).toBeInTheDocument();
  expect(run()).toBeInTheDocument();
});

it('keeps what was run on this device, without its variables, until that is cleared', async () => {
  const { user } = await renderApp('/explore', 'Explore', root);
  write('query Kept($search: String) { payers(filter: { search: $search }) { items { name } } }');
  await user.type(await screen.findByLabelText(/\$search/), 'Ann Smith');
  await user.click(run());
  await screen.findByRole('region', { name: 'Rows of payers' });
  expect(JSON.stringify({ ...localStorage })).not.toContain('Ann Smith');
  await user.click(screen.getByLabelText('History'));
  const list = await screen.findByRole('list', { name: 'History' });
  expect(list).toHaveTextContent('query Kept');
  await user.click(screen.getByRole('button', { name: 'Clear the history' }));
  expect(screen.getByText('Nothing run yet')).toBeInTheDocument();
});

it('saves, shares and schedules a query, and brings a deleted one back', async () => {
  const { user, operations } = await renderApp('/explore', 'Explore', root);
  write('query Mine { payers { items { name } } }');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: 'Save the query' });
  expect(within(dialog).getByLabelText('Name')).toHaveValue('Mine');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  const list = await screen.findByRole('list', { name: 'Saved queries' });
  expect(list).toHaveTextContent('Mine');
  await user.click(within(list).getByRole('button', { name: 'Share Mine' }));
  await waitFor(() => expect(list).toHaveTextContent('Shared'));
  await user.click(within(list).getByRole('button', { name: 'Schedule Mine' }));
  const schedule = await screen.findByRole('dialog', { name: 'Schedule “Mine”' });
  await user.selectOptions(within(schedule).getByLabelText('Time zone'), 'America/Chicago');
  await user.click(within(schedule).getByRole('button', { name: 'Schedule' }));
  await waitFor(() => expect(list).toHaveTextContent('Every Monday at 07:00, America/Chicago'));
  expect(operations.find(({ name }) => name === 'ScheduleSavedQuery')?.variables).toMatchObject({
    input: { kind: 'QUERY_XLSX', frequency: 'WEEKLY', weekday: 1, hour: 7, timeZone: 'America/Chicago' },
  });
  await user.click(within(list).getByRole('button', { name: 'Delete Mine' }));
  expect(await screen.findByText('No saved queries yet')).toBeInTheDocument();
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('list', { name: 'Saved queries' })).toHaveTextContent('Mine');
});

it('says at the name that it is taken', async () => {
  queries = [queryOf('q9', { name: 'Mine' })];
  const { user } = await renderApp('/explore', 'Explore', root);
  write('query Mine { payers { items { name } } }');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: 'Save the query' });
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(within(dialog).getByLabelText('Name')).toHaveAccessibleDescription(/of that name/));
});

it('opens what others share as it is, to be saved as a copy of one’s own', async () => {
  queries = [queryOf('q9', { name: 'Theirs', shared: true, variables: { search: 'North' } }, false)];
  const { user } = await renderApp('/explore', 'Explore', root);
  await user.click(screen.getByLabelText('Saved'));
  await user.click(await screen.findByText('Theirs'));
  expect(screen.getByLabelText('Query')).toHaveValue('{ payers { items { name } } }');
  expect(screen.queryByRole('button', { name: 'Rename Theirs' })).not.toBeInTheDocument();
  write('{ payers { totalCount } }');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: 'Save the query' });
  expect(within(dialog).getByLabelText('Name')).toHaveValue('Theirs (copy)');
});

it('is not there for a role that may not write queries', async () => {
  await renderApp('/explore', /./, root, READING);
  expect(screen.queryByLabelText('Query')).not.toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'Explore' })).not.toBeInTheDocument();
});
