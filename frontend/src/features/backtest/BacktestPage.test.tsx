import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { backtest, backtestSignal, payer, READING } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const TITLE = 'What would Upstream have told you';
const meridian = payer('p1', 'Meridian');
const northgate = payer('p2', 'Northgate');
let answers: ReturnType<typeof backtest>[];
let requested: unknown[];

const found = [
  backtestSignal(northgate, {
    alertId: 'a1',
    alarmedOn: '2026-04-20',
    alertedOn: '2026-04-20',
    changeDate: '2026-04-01',
  }),
  backtestSignal(meridian, { isAlert: false, alertedOn: null, reason: 'BELOW_BUDGET' }),
  backtestSignal(meridian, { alarmedOn: '2026-01-10', alertedOn: '2026-01-12', changeDate: '2026-01-07' }),
];

const root = {
  backtest: () => (answers.length > 1 ? answers.shift() : answers[0]) ?? null,
  requestBacktest: ({ input }: { input: object }) => {
    requested.push({ ...input });
    return { job: backtest('j2', null, 'QUEUED').job, errors: [] };
  },
};

beforeEach(() => {
  answers = [backtest('j1', found)];
  requested = [];
});

describe('a backtest', () => {
  it('is asked for over the last 12 months as detection is set, and followed until it is done', async () => {
    answers = [backtest('j2', null, 'QUEUED'), backtest('j2', null, 'RUNNING'), backtest('j2', found)];
    const { user, router } = await renderApp('/backtest', TITLE, root);
    expect(await screen.findByText('Not run yet')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Run the backtest' }));
    await waitFor(() =>
      expect(router.state.location.href).toBe('/backtest?from=2025-05-13&to=2026-05-12&budget=3&band=1.05&job=j2'),
    );
    expect(requested).toEqual([{ from: '2025-05-13', to: '2026-05-12', weeklyAlertBudget: 3, smallestOdds: 1.05 }]);
    expect(await screen.findByRole('progressbar', { name: 'Replaying the days' })).toBeInTheDocument();
    expect(await screen.findByText('2 alerts', {}, { timeout: 6000 })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Run the backtest' })).toHaveFocus();
  });

  it('tells how many alerts there would have been, and how soon', async () => {
    await renderApp('/backtest?job=j1', TITLE, root);
    expect(await screen.findByText(/1 signal without an alert/)).toHaveTextContent(
      '2 alerts and 1 signal without an alert between 13 May 2025 and 12 May 2026; half of the alerts within 5 days of the change. Of those without an alert, 1 found no room in the weekly number.',
    );
  });

  it('is walked by date on its timeline, and leads to the alert', async () => {
    const { user, router } = await renderApp('/backtest?job=j1', TITLE, root);
    const timeline = await screen.findByRole('slider', { name: 'What would have been told, by date' });
    timeline.focus();
    expect(timeline).toHaveAttribute('aria-valuetext', expect.stringMatching(/^12 Jan 2026, alert: Meridian denies/));
    await user.keyboard('{ArrowRight}');
    expect(timeline).toHaveAttribute('aria-valuetext', expect.stringMatching(/^7 Mar 2026, signal without an alert:/));
    await user.keyboard('{Enter}');
    expect(router.state.location.pathname).toBe('/backtest');
    await user.keyboard('{End}');
    expect(timeline).toHaveAttribute('aria-valuetext', expect.stringContaining('Seen 19 days after the change'));
    await user.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/alerts/a1'));
  });

  it('says why a signal is no alert, and leads to the alert that explains it', async () => {
    const cause = { ...found[0], headline: 'Northgate denies 2.5 times as many claims' };
    const quiet = { isAlert: false, alertedOn: null };
    answers = [
      backtest('j1', [
        found[0] as (typeof found)[number],
        backtestSignal(northgate, { ...quiet, alarmedOn: '2026-04-28', reason: 'EXPLAINED', explainedBy: cause }),
        backtestSignal(northgate, { ...quiet, alarmedOn: '2026-04-12', reason: 'EXPLAINED' }),
        backtestSignal(meridian, { ...quiet, alarmedOn: '2026-04-11', reason: 'IMPROVEMENT', direction: 'BETTER' }),
        backtestSignal(meridian, { ...quiet, alarmedOn: '2026-04-10', reason: 'BELOW_BUDGET' }),
      ]),
    ];
    const { user, router } = await renderApp('/backtest?job=j1', TITLE, root);
    expect(await screen.findByText(/4 signals without an alert/)).toHaveTextContent(
      'Of those without an alert, 2 are explained by another, 1 found no room in the weekly number, 1 is an improvement.',
    );
    const table = screen.getByRole('region', { name: 'What would have been told, by date' });
    const rows = within(table).getAllByRole('row').slice(1);
    expect(rows.map((row) => within(row).getAllByRole('cell').at(-1)?.textContent)).toEqual([
      'Explained by the alert of 20 Apr 2026',
      'Alert',
      'Explained by an earlier change',
      'Improvement',
      'No room in the weekly number',
    ]);
    expect(within(rows[0] as HTMLElement).getByRole('link')).toHaveAttribute('href', '/alerts/a1');
    const timeline = screen.getByRole('slider', { name: 'What would have been told, by date' });
    timeline.focus();
    expect(timeline).toHaveAttribute(
      'aria-valuetext',
      expect.stringContaining('No room in the weekly number of alerts. Seen'),
    );
    await user.keyboard('{End}');
    expect(timeline).toHaveAttribute('aria-valuetext', expect.stringContaining(`Explained by: ${cause.headline}.`));
    expect(screen.getByRole('link', { name: 'Open the alert that explains it' })).toBeInTheDocument();
    await user.keyboard('{Enter}');
    await waitFor(() => expect(router.state.location.pathname).toBe('/alerts/a1'));
  });

  it('has its table, the latest first', async () => {
    await renderApp('/backtest?job=j1', TITLE, root);
    const table = await screen.findByRole('region', { name: 'What would have been told, by date' });
    const rows = within(table).getAllByRole('row').slice(1);
    expect(rows.map((row) => within(row).getAllByRole('cell')[0]?.textContent)).toEqual([
      '20 Apr 2026',
      '7 Mar 2026',
      '12 Jan 2026',
    ]);
    expect(
      within(rows[0] as HTMLElement)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual([
      '20 Apr 2026',
      'Northgate denies 2.5 times as many claims',
      'Denials',
      '10.0% → 25.0%',
      '$4,211',
      '19',
      'Alert',
    ]);
    expect(within(rows[0] as HTMLElement).getByRole('link')).toHaveAttribute('href', '/alerts/a1');
    expect(within(rows[2] as HTMLElement).queryByRole('link')).not.toBeInTheDocument();
  });

  it('says when nothing would have been told', async () => {
    answers = [backtest('j1', [])];
    await renderApp('/backtest?job=j1', TITLE, root);
    expect(await screen.findByText('Nothing would have been told')).toBeInTheDocument();
  });

  it('says why it failed and runs again with the same values', async () => {
    const failed = backtest('j1', null, 'FAILED');
    answers = [
      { ...failed, job: { ...failed.job, error: { code: 'INTERNAL', message: 'It took too long.' } as never } },
    ];
    const { user } = await renderApp('/backtest?job=j1&budget=7', TITLE, root);
    expect(await screen.findByText('It took too long.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(requested).toMatchObject([{ weeklyAlertBudget: 7, from: '2025-05-13' }]));
  });

  it('refuses days in the wrong order before the server is asked', async () => {
    const { user } = await renderApp('/backtest?from=2026-05-01&to=2026-04-01', TITLE, root);
    await user.click(await screen.findByRole('button', { name: 'Run the backtest' }));
    expect(screen.getByLabelText('Last day')).toHaveAccessibleDescription('The last day lies before the first.');
    expect(requested).toEqual([]);
  });

  it('shows what the server refuses at its field', async () => {
    const refusing = {
      ...root,
      requestBacktest: () => ({
        job: null,
        errors: [{ code: 'INVALID', field: 'from', message: 'Choose three years at most.' }],
      }),
    };
    const { user } = await renderApp('/backtest', TITLE, refusing);
    await user.click(await screen.findByRole('button', { name: 'Run the backtest' }));
    await waitFor(() =>
      expect(screen.getByLabelText('First day')).toHaveAccessibleDescription('Choose three years at most.'),
    );
  });

  it('says that it does not exist, as for an id of elsewhere', async () => {
    answers = [];
    await renderApp('/backtest?job=other', TITLE, root);
    expect(await screen.findByText('This backtest does not exist')).toBeInTheDocument();
  });

  it('is read, not run, by a role that only reads', async () => {
    await renderApp('/backtest', TITLE, root, READING);
    expect(await screen.findByText('Your role reads backtests')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Run the backtest' })).not.toBeInTheDocument();
  });
});
