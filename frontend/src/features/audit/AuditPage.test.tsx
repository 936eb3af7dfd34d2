import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { pageOf } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const event = (id: string, label: string, changes: Record<string, unknown> = {}) => ({
  id,
  sequence: 7,
  at: '2026-03-02T10:00:00Z',
  label,
  requestId: 'request-1',
  actor: { kind: 'PERSON', id: 'u2', name: 'Luis Ortega' },
  target: { type: 'alert', label: 'Alert', id: 'a1' },
  details: [{ name: 'Verdict', value: 'REAL' }],
  ...changes,
});

const actors = [
  { kind: 'PERSON', id: 'u2', name: 'Luis Ortega' },
  { kind: 'WEBHOOK', id: 'w1', name: 'Practice system' },
  { kind: 'SYSTEM', id: null, name: 'Upstream' },
];

const root = (events: ReturnType<typeof event>[] = [event('1', 'Judged an alert')]) => ({
  auditEvents: () => pageOf(events),
  auditActors: () => actors,
  configurationChanges: () => pageOf([]),
});

it('tells who did what, with details that open', async () => {
  const { user } = await renderApp('/audit', 'Audit', root());
  const row = await screen.findByRole('row', { name: /Judged an alert/ });
  expect(within(row).getAllByRole('link', { name: 'Luis Ortega' })[0]).toHaveAttribute('href', '/audit?actor=u2');
  expect(within(row).getAllByRole('link', { name: 'Alert' })[0]).toHaveAttribute('href', '/alerts/a1');
  await user.click(within(row).getByText('Details'));
  expect(within(row).getByText('REAL')).toBeInTheDocument();
  expect(within(row).getByRole('link', { name: 'Everything about this alert' })).toHaveAttribute(
    'href',
    '/audit?type=alert&id=a1',
  );
});

it('names nobody who is not here, and links only to what one may open', async () => {
  const gone = event('1', 'Judged an alert', { actor: { kind: 'PERSON', id: 'u9', name: null } });
  await renderApp('/audit', 'Audit', root([gone]), ['AUDIT_READ']);
  const row = await screen.findByRole('row', { name: /Someone no longer here/ });
  expect(within(row).queryByRole('link', { name: 'Alert' })).not.toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'Export' })).not.toBeInTheDocument();
});

it('keeps its filters in the address, and exports what they show', async () => {
  let asked: unknown;
  const { user, router, operations } = await renderApp('/audit?type=alert&id=a1', 'Audit', {
    ...root(),
    createExport: ({ input }: { input: unknown }) => {
      asked = input;
      return { export: { id: 'e1', title: 'Audit trail' }, errors: [] };
    },
  });
  await screen.findByRole('option', { name: 'Practice system' });
  await user.selectOptions(screen.getByLabelText('Who'), 'Upstream');
  await user.selectOptions(screen.getByLabelText('What'), 'Alerts and judgements');
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ type: 'alert', id: 'a1', actor: 'upstream', group: 'ALERTS' }),
  );
  const filter = { actorKind: 'SYSTEM', group: 'ALERTS', targetType: 'alert', targetId: 'a1' };
  await waitFor(() =>
    expect(operations.filter(({ name }) => name === 'AuditEvents').at(-1)?.variables?.filter).toEqual(filter),
  );
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await waitFor(() => expect(asked).toMatchObject({ kind: 'AUDIT_XLSX', auditFilter: filter, includePhi: false }));
  await user.click(screen.getByRole('button', { name: /^Remove the filter: One/ }));
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('id'));
});

it('says where nothing of the kind was recorded', async () => {
  await renderApp('/audit?group=EXPORTS', 'Audit', root([]));
  expect(await screen.findByText('Nothing of this kind was recorded')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Show everything' })).toHaveAttribute('href', '/audit');
});

it('checks the chain stretch by stretch and says that it is whole', async () => {
  const starts: number[] = [];
  const { user } = await renderApp('/audit', 'Audit', {
    ...root(),
    auditChain: ({ start }: { start: number }) => {
      starts.push(start);
      const last = 25_000 + starts.length - 1;
      return { first: start, through: Math.min(last, start + 19_999), last, breaks: [], breakCount: 0 };
    },
  });
  await user.click(await screen.findByRole('button', { name: 'Check' }));
  expect(await screen.findByText(/^Whole: none of 25,00\d events was edited/)).toBeInTheDocument();
  expect(starts).toEqual([1, 20_001]);
});

it('says where the chain is broken', async () => {
  const breaks = ['event 5 was changed'];
  const { user } = await renderApp('/audit', 'Audit', {
    ...root(),
    auditChain: () => ({ first: 1, through: 9, last: 9, breaks, breakCount: 3 }),
  });
  await user.click(await screen.findByRole('button', { name: 'Check' }));
  expect(await screen.findByText('Event 5 was changed')).toBeInTheDocument();
  expect(screen.getByText(/Broken in 3 places/)).toBeInTheDocument();
  expect(screen.getByText('And 2 more')).toBeInTheDocument();
});

it('is where auditors begin', async () => {
  const { router } = await renderApp('/', 'Audit', root(), ['AUDIT_READ', 'MEMBERS_READ', 'EXPORTS_READ']);
  expect(router.state.location.pathname).toBe('/audit');
});

it('shows of one record of the configuration what was changed, field by field', async () => {
  const change = {
    id: 'c1',
    at: '2026-03-02T10:00:00Z',
    kind: 'UPDATE',
    actor: { kind: 'PERSON', name: 'Luis Ortega' },
    differences: [{ name: 'Weekly alert budget', before: '3', after: '5' }],
  };
  await renderApp('/audit?type=detection_settings&id=d1', 'Audit', {
    ...root(),
    configurationChanges: () => pageOf([change]),
  });
  const changes = await screen.findByRole('region', { name: 'What was changed' });
  expect(changes).toHaveTextContent('Changed by Luis Ortega');
  expect(within(changes).getByText('Weekly alert budget')).toBeInTheDocument();
  expect(within(changes).getByText('3').tagName).toBe('DEL');
  expect(within(changes).getByText('5').tagName).toBe('INS');
});
