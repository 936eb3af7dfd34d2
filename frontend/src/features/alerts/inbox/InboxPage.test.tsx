import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { alert, EVERYTHING, luis, pageOf, payer, READING, signal } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

type Alert = ReturnType<typeof alert>;

const meridian = payer('p1', 'Meridian', 1);
const quiet = payer('p2', 'Harbor', 0);
let alerts: Alert[];

const change = (id: unknown, apply: (each: Alert) => void) => {
  const changed = alerts.find((each) => each.id === id) as Alert;
  apply(changed);
  return { alert: changed, errors: [] };
};

/** An API that keeps what is done to its alerts. */
const root = {
  alerts: ({ filter }: { filter?: { state?: string[] } }) =>
    pageOf(alerts.filter(({ state }) => !filter?.state || filter.state.includes(state))),
  payers: () => pageOf([meridian, quiet]),
  members: () => [luis],
  acknowledgeAlert: ({ id }: { id: string }) => change(id, (each) => Object.assign(each, { state: 'ACKNOWLEDGED' })),
  reopenAlert: ({ id }: { id: string }) => change(id, (each) => Object.assign(each, { state: 'OPEN' })),
  assignAlert: ({ id, assigneeId }: { id: string; assigneeId: string }) =>
    change(id, (each) => Object.assign(each, { assignee: assigneeId === luis.id ? luis : null })),
  snoozeAlert: ({ id, until }: { id: string; until: string }) =>
    change(id, (each) => Object.assign(each, { state: 'SNOOZED', snoozedUntil: until })),
};

const rows = () => within(screen.getByRole('list', { name: 'Alerts' })).getAllByRole('listitem');
const headlines = () => rows().map((row) => within(row).getByRole('link').textContent);

beforeEach(() => {
  alerts = [
    alert('a1', 'Meridian denies more', signal('s1', meridian)),
    alert('a2', 'Meridian pays later', signal('s2', meridian, { kind: 'PAYMENT_DELAY' })),
    alert('a3', 'Harbor denies less', signal('s3', quiet, { direction: 'BETTER' }), { state: 'ACKNOWLEDGED' }),
  ];
});

describe('the inbox', () => {
  it('marks an alert whose evidence was taken back until detection has looked again', async () => {
    Object.assign(alerts[0] as object, { takenBack: [{ lookedAgainAt: null }] });
    Object.assign(alerts[1] as object, { takenBack: [{ lookedAgainAt: '2026-05-11T10:05:00Z' }] });
    await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('list', { name: 'Alerts' });
    expect(rows().map((row) => within(row).queryByText('Evidence taken back') !== null)).toEqual([true, false]);
  });

  it('lists open alerts with certainty and money, and counts the other states', async () => {
    await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('list', { name: 'Alerts' });
    expect(headlines()).toEqual(['Meridian denies more', 'Meridian pays later']);
    expect(rows()[0]).toHaveTextContent('Very likely98.2%');
    expect(rows()[0]).toHaveTextContent('$4,211a week');
    const tabs = screen.getByRole('navigation', { name: 'State of the alerts' });
    await waitFor(() => expect(within(tabs).getByRole('link', { name: /Acknowledged/ })).toHaveTextContent('1'));
    expect(within(tabs).getByRole('link', { name: /^All/ })).toHaveTextContent('3');
  });

  it('names the part of a payer that changed, and says when the other payers show it too', async () => {
    alerts = [
      alert('a1', 'Meridian denies more', signal('s1', meridian, { location: 'Northside', scope: 'EVERYWHERE' })),
      alert('a2', 'Meridian takes back', signal('s2', meridian, { kind: 'TAKEBACK', denialLabel: 'Coding' })),
    ];
    await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('list', { name: 'Alerts' });
    expect(rows()[0]).toHaveTextContent('Meridian · Northside');
    expect(rows()[0]).toHaveTextContent('other payers too');
    expect(rows()[1]).toHaveTextContent('TakebacksMeridian · Coding');
    expect(rows()[1]).not.toHaveTextContent('other payers too');
  });

  it('asks for the alerts of any kind of change', async () => {
    const { user, router } = await renderApp('/inbox', 'Inbox', root);
    const kinds = await screen.findByRole('combobox', { name: 'Kind of change' });
    expect(
      within(kinds)
        .getAllByRole('option')
        .map((option) => option.textContent),
    ).toEqual(['All kinds', 'Denials', 'Denials of submitted claims', 'Denied dollars', 'Payment delay', 'Takebacks']);
    await user.selectOptions(kinds, 'Takebacks');
    await waitFor(() => expect(router.state.location.href).toBe('/inbox?kind=TAKEBACK'));
  });

  it('says how many changes wait for room in the week, and shows them', async () => {
    const waiting = signal('s9', meridian, { headline: 'Meridian denies a little more', dollarsPerWeek: '90.00' });
    const { user } = await renderApp('/inbox', 'Inbox', {
      ...root,
      signalsWaiting: () => 1,
      signals: ({ filter }: { filter: { withoutAlert: boolean } }) => pageOf(filter.withoutAlert ? [waiting] : []),
    });
    const section = await screen.findByRole('region', { name: 'Changes that wait' });
    expect(section).toHaveTextContent('1 more change waits for room in the weekly number of alerts.');
    await user.click(within(section).getByRole('button', { name: 'Show them' }));
    expect(await within(section).findByRole('link', { name: 'Meridian denies a little more' })).toHaveAttribute(
      'href',
      '/claims?signal=s9',
    );
    expect(section).toHaveTextContent('$90 a week');
  });

  it('shows a quiet payer as quiet, beside those that changed', async () => {
    await renderApp('/inbox', 'Inbox', root);
    expect(await screen.findByRole('link', { name: /Harbor.*quiet/ })).toBeInTheDocument();
    expect(screen.getByRole('link', { name: /Meridian.*1 open alert/ })).toBeInTheDocument();
    expect(screen.getByText('1 changed, 1 quiet')).toBeInTheDocument();
  });

  it('asks the API for what the URL says', async () => {
    const { operations } = await renderApp(
      '/inbox?state=ALL&kind=DENIAL_RATE&payer=p1&q=more&order=MONEY',
      'Inbox',
      root,
    );
    expect(operations.find(({ name }) => name === 'Inbox')?.variables).toMatchObject({
      filter: { kind: 'DENIAL_RATE', payerId: 'p1', search: 'more' },
      orderBy: 'MONEY',
    });
  });

  it('never asks for patients', async () => {
    const { operations } = await renderApp('/inbox', 'Inbox', root);
    expect(operations.filter(({ query }) => /patient/i.test(query))).toEqual([]);
  });
});

describe('the inbox from the keyboard', () => {
  it('walks the rows with j and k', async () => {
    const { user } = await renderApp('/inbox', 'Inbox', root);
    const first = await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('j');
    expect(first).toHaveFocus();
    await user.keyboard('jj');
    expect(screen.getByRole('link', { name: 'Meridian pays later' })).toHaveFocus();
    await user.keyboard('k');
    expect(first).toHaveFocus();
  });

  it('opens the row with Enter, keeping the filters for the way back', async () => {
    const { user, router } = await renderApp('/inbox?order=MONEY', 'Inbox', { ...root, alert: () => alerts[0] });
    await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('j{Enter}');
    await waitFor(() => expect(router.state.location.href).toBe('/alerts/a1?order=MONEY'));
  });

  it('acknowledges with e, moves on to the next row, and takes it back with z', async () => {
    const { user } = await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('je');
    await waitFor(() => expect(headlines()).toEqual(['Meridian pays later']));
    expect(alerts[0]?.state).toBe('ACKNOWLEDGED');
    await user.keyboard('z');
    await waitFor(() => expect(headlines()).toEqual(['Meridian denies more', 'Meridian pays later']));
    expect(alerts[0]?.state).toBe('OPEN');
  });

  it('selects with x and acts on all that is selected, undone by one press of the button', async () => {
    const { user } = await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('jxjx');
    const bulk = screen.getByRole('region', { name: 'Selected alerts' });
    expect(bulk).toHaveTextContent('2 alerts selected');
    await user.click(within(bulk).getByRole('button', { name: 'Acknowledge' }));
    expect(await screen.findByText('Nothing needs you now')).toBeInTheDocument();
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(alerts.map(({ state }) => state)).toEqual(['OPEN', 'OPEN', 'ACKNOWLEDGED']));
  });

  it('snoozes with s until a day one chooses', async () => {
    const { user } = await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('js');
    await user.click(await screen.findByRole('button', { name: /In two weeks/ }));
    await waitFor(() =>
      expect(alerts[0]).toMatchObject({ state: 'SNOOZED', snoozedUntil: expect.stringMatching(/^\d{4}-/) }),
    );
  });

  it('assigns with a to a member', async () => {
    const { user } = await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('ja');
    await user.click(await screen.findByRole('button', { name: /Luis Ortega/ }));
    await waitFor(() => expect(alerts[0]?.assignee).toBe(luis));
  });

  it('lists its keys under ?', async () => {
    const { user } = await renderApp('/inbox', 'Inbox', root);
    await screen.findByRole('link', { name: 'Meridian denies more' });
    await user.keyboard('?');
    const help = await screen.findByRole('dialog', { name: 'Keys on this page' });
    expect(help).toHaveTextContent('Acknowledgee');
  });

  it('offers no action to a role that only reads', async () => {
    const { user, operations } = await renderApp('/inbox', 'Inbox', root, READING);
    await screen.findByRole('link', { name: 'Meridian denies more' });
    expect(screen.queryByRole('checkbox')).not.toBeInTheDocument();
    await user.keyboard('je');
    expect(operations.filter(({ query }) => query.startsWith('mutation Acknowledge'))).toEqual([]);
  });
});

describe('an inbox without alerts', () => {
  it('says that nothing needs anyone', async () => {
    await renderApp('/inbox', 'Inbox', {});
    expect(await screen.findByText('Nothing needs you now')).toBeInTheDocument();
  });

  it('offers to clear filters that are too narrow', async () => {
    await renderApp('/inbox?q=nobody', 'Inbox', {}, EVERYTHING);
    expect(await screen.findByRole('link', { name: 'Clear filters' })).toHaveAttribute('href', '/inbox');
  });

  it('tells of a failure and tries again in place', async () => {
    let fail = true;
    const { user } = await renderApp('/inbox', 'Inbox', {
      ...root,
      alerts: (args: Parameters<typeof root.alerts>[0]) => {
        if (fail)
          throw Object.assign(new Error('The database is being restarted.'), { extensions: { code: 'INTERNAL' } });
        return root.alerts(args);
      },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('The database is being restarted.');
    fail = false;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('link', { name: 'Meridian denies more' })).toBeInTheDocument();
  });
});
