import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { knownEvent, pageOf, payer, READING } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const meridian = payer('p1', 'Meridian');
let events: ReturnType<typeof knownEvent>[];
let problem: { code: string; field: string; message: string } | null;
let number: number;

type Input = { title: string; payerId: string | null };
const eventOf = (id: string, { payerId, ...input }: Input) =>
  knownEvent(id, input.title, { ...input, payer: payerId ? meridian : null });

const root = {
  payers: () => pageOf([meridian]),
  serviceGroups: () => [{ id: 'g1', name: 'Imaging', codes: [] }],
  knownEvents: () => pageOf(events),
  createKnownEvent: ({ input }: { input: Input }) => {
    if (problem) return { event: null, errors: [problem] };
    number += 1;
    const event = eventOf(`new-${number}`, input);
    events = [event, ...events];
    return { event, errors: [] };
  },
  updateKnownEvent: ({ id, input }: { id: string; input: Input }) => {
    const event = eventOf(id, input);
    events = events.map((each) => (each.id === id ? event : each));
    return { event, errors: [] };
  },
  deleteKnownEvent: ({ id }: { id: string }) => {
    const event = events.find((each) => each.id === id);
    events = events.filter((each) => each.id !== id);
    return { event, errors: [] };
  },
};

beforeEach(() => {
  events = [];
  problem = null;
  number = 0;
});

it('teaches what the calendar is for while it is empty', async () => {
  await renderApp('/settings/events', 'Known events', root);
  expect(await screen.findByText('No events yet')).toBeInTheDocument();
  expect(screen.getByText(/silences none/)).toBeInTheDocument();
});

it('adds an event with its payer and days', async () => {
  const { user, operations } = await renderApp('/settings/events', 'Known events', root);
  await user.click(await screen.findByRole('button', { name: 'Add an event' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add an event' });
  await user.type(within(dialog).getByLabelText('Title'), 'New fee schedule');
  await user.selectOptions(within(dialog).getByLabelText('Kind'), 'Contract');
  await user.type(within(dialog).getByLabelText('First day'), '2026-03-01');
  await user.selectOptions(within(dialog).getByLabelText('Payer'), await within(dialog).findByText('Meridian'));
  await user.click(within(dialog).getByRole('button', { name: 'Add' }));
  const row = await screen.findByRole('row', { name: /New fee schedule/ });
  expect(row).toHaveTextContent('1 Mar 2026');
  expect(row).toHaveTextContent('Meridian');
  expect(operations.find(({ name }) => name === 'CreateKnownEvent')?.variables).toEqual({
    input: {
      kind: 'CONTRACT',
      title: 'New fee schedule',
      note: '',
      firstDay: '2026-03-01',
      lastDay: null,
      payerId: 'p1',
      serviceGroupId: null,
    },
  });
});

it('says what is missing, and what the server refuses, at the field', async () => {
  problem = { code: 'INVALID', field: 'lastDay', message: 'The last day is not one.' };
  const { user, operations } = await renderApp('/settings/events', 'Known events', root);
  await user.click(await screen.findByRole('button', { name: 'Add an event' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add an event' });
  await user.click(within(dialog).getByRole('button', { name: 'Add' }));
  expect(within(dialog).getByLabelText('Title')).toHaveAccessibleDescription('Give the event a title.');
  expect(within(dialog).getByLabelText('First day')).toHaveAccessibleDescription('Choose the first day.');
  expect(operations.some(({ name }) => name === 'CreateKnownEvent')).toBe(false);

  await user.type(within(dialog).getByLabelText('Title'), 'Holiday');
  await user.type(within(dialog).getByLabelText('First day'), '2026-03-05');
  await user.type(within(dialog).getByLabelText('Last day'), '2026-03-01');
  await user.click(within(dialog).getByRole('button', { name: 'Add' }));
  expect(within(dialog).getByLabelText('Last day')).toHaveAccessibleDescription('The last day lies before the first.');

  await user.clear(within(dialog).getByLabelText('Last day'));
  await user.click(within(dialog).getByRole('button', { name: 'Add' }));
  await waitFor(() =>
    expect(within(dialog).getByLabelText('Last day')).toHaveAccessibleDescription('The last day is not one.'),
  );
});

it('changes an event', async () => {
  events = [knownEvent('e1', 'New fee schedule', { note: 'By letter' })];
  const { user } = await renderApp('/settings/events', 'Known events', root);
  await user.click(await screen.findByRole('button', { name: 'Change New fee schedule' }));
  const dialog = await screen.findByRole('dialog', { name: 'Change the event' });
  expect(within(dialog).getByLabelText('Note')).toHaveValue('By letter');
  await user.clear(within(dialog).getByLabelText('Title'));
  await user.type(within(dialog).getByLabelText('Title'), 'Newer fee schedule');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('row', { name: /Newer fee schedule/ })).toBeInTheDocument();
});

it('deletes an event, and brings it back with undo', async () => {
  events = [knownEvent('e1', 'New fee schedule', { note: 'By letter' })];
  const { user } = await renderApp('/settings/events', 'Known events', root);
  await user.click(await screen.findByRole('button', { name: 'Delete New fee schedule' }));
  expect(await screen.findByText('No events yet')).toBeInTheDocument();
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('row', { name: /New fee schedule/ })).toHaveTextContent('By letter');
});

it('is only read by a role that does not write it', async () => {
  events = [knownEvent('e1', 'New fee schedule')];
  await renderApp('/settings/events', 'Known events', root, READING);
  await screen.findByRole('row', { name: /New fee schedule/ });
  expect(screen.queryByRole('button', { name: /Add|Change|Delete/ })).not.toBeInTheDocument();
  expect(screen.getByText(/Your role reads the calendar/)).toBeInTheDocument();
});
