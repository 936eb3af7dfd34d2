import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { backtest, backtestSignal, dana, luis, payer, READING } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const meridian = payer('p1', 'Meridian');
const northgate = payer('p2', 'Northgate');
let settings: { weeklyAlertBudget: number; smallestOdds: number };
let failing: boolean;

const replays = {
  now: [backtestSignal(meridian), backtestSignal(northgate)],
  wanted: [backtestSignal(meridian, { changeDate: '2026-03-04' })],
};

const root = {
  detectionSettings: () => settings,
  members: () => [dana, luis, { id: 'u3', name: 'Ann Admin', email: 'ann@riverbend.example', role: 'ADMIN' }],
  requestBacktest: ({ input }: { input: { weeklyAlertBudget: number } }) => ({
    job: backtest(input.weeklyAlertBudget === 3 ? 'now' : 'wanted', null, 'QUEUED').job,
    errors: [],
  }),
  backtest: ({ jobId }: { jobId: 'now' | 'wanted' }) =>
    failing ? backtest(jobId, null, 'FAILED') : backtest(jobId, replays[jobId]),
  updateDetectionSettings: ({ input }: { input: typeof settings }) => {
    settings = { ...input };
    return { settings, errors: [] };
  },
};

beforeEach(() => {
  settings = { weeklyAlertBudget: 3, smallestOdds: 1.05 };
  failing = false;
});

const budget = () => screen.getByRole('spinbutton', { name: 'Alerts a week, at most' });
const band = () => screen.getByRole('spinbutton', { name: 'Too small to matter' });
const show = () => screen.getByRole('button', { name: 'Show the effect' });
const save = () => screen.getByRole('button', { name: 'Save' });

describe('the settings of detection', () => {
  it('explain the band in denial rates', async () => {
    const { user } = await renderApp('/settings/detection', 'Detection', root);
    await waitFor(() => expect(band()).toHaveValue(1.05));
    await user.clear(band());
    await user.type(band(), '1.10');
    expect(screen.getByText(/10.0% → 10.9%/)).toBeInTheDocument();
  });

  it('are saved only after their effect on the last 12 months was shown beside what is set', async () => {
    const { user, operations } = await renderApp('/settings/detection', 'Detection', root);
    await waitFor(() => expect(budget()).toHaveValue(3));
    await user.clear(budget());
    await user.type(budget(), '1');
    expect(save()).toBeDisabled();
    await user.click(show());

    const effect = await screen.findByRole('region', { name: 'The effect on the last 12 months' });
    const alerts = within(effect).getByRole('row', { name: /^Alerts \d/ });
    expect(
      within(alerts)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual(['2', '1']);
    expect(within(effect).getByText('No further alerts.')).toBeInTheDocument();
    expect(
      within(effect)
        .getAllByRole('listitem')
        .map((item) => item.textContent),
    ).toEqual(['Northgate denies 2.5 times as many claims7 Mar 2026 · $4,211 a week']);
    expect(operations.filter(({ name }) => name === 'RequestBacktest').map(({ variables }) => variables.input)).toEqual(
      [
        { from: '2025-05-13', to: '2026-05-12', weeklyAlertBudget: 3, smallestOdds: 1.05 },
        { from: '2025-05-13', to: '2026-05-12', weeklyAlertBudget: 1, smallestOdds: 1.05 },
      ],
    );

    await user.click(save());
    await waitFor(() => expect(settings).toEqual({ weeklyAlertBudget: 1, smallestOdds: 1.05 }));
    expect(await screen.findByText(/Saved/)).toBeInTheDocument();
    await waitFor(() => expect(show()).toBeDisabled());
  });

  it('ask for the effect anew when a value changes again', async () => {
    const { user } = await renderApp('/settings/detection?budget=1&band=1.05&job=wanted&base=now', 'Detection', root);
    await screen.findByRole('region', { name: 'The effect on the last 12 months' });
    expect(save()).toBeEnabled();
    await user.clear(budget());
    await user.type(budget(), '2');
    expect(save()).toBeDisabled();
    expect(screen.queryByRole('region', { name: 'The effect on the last 12 months' })).not.toBeInTheDocument();
  });

  it('can be tried again when a replay failed', async () => {
    failing = true;
    await renderApp('/settings/detection?budget=1&band=1.05&job=wanted&base=now', 'Detection', root);
    expect(await screen.findByText('We could not load the effect')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });

  it('refuse values out of range before the server is asked', async () => {
    const { user, operations } = await renderApp('/settings/detection', 'Detection', root);
    await waitFor(() => expect(budget()).toHaveValue(3));
    await user.clear(budget());
    await user.type(budget(), '90');
    await user.clear(band());
    await user.type(band(), '2');
    await user.click(show());
    expect(screen.getByText('Choose 1 to 50 alerts a week.')).toBeInTheDocument();
    expect(screen.getByText('Choose an odds ratio of 1.00 to 1.50.')).toBeInTheDocument();
    expect(operations.some(({ name }) => name === 'RequestBacktest')).toBe(false);
  });

  it('say whom to ask to a role that only reads them', async () => {
    await renderApp('/settings/detection', 'Detection', root, [...READING, 'MEMBERS_READ']);
    expect(await screen.findByText(/Ask Dana Whitfield or Ann Admin/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Save' })).not.toBeInTheDocument();
    expect(budget()).toHaveAttribute('readonly');
  });
});
