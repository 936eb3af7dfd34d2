import { expect, it } from 'vitest';
import { backtestSignal, payer } from '../../../tests/fixtures';
import { bandWords, shareAfterOdds } from './bandWords';
import { compareBacktests } from './compare';
import { yearThrough } from './period';
import type { BacktestSignal } from './useBacktest';

const signalOf = (...given: Parameters<typeof backtestSignal>) => backtestSignal(...given) as unknown as BacktestSignal;
const meridian = payer('p1', 'Meridian');

it('takes the same change, dated some days apart, for the same', () => {
  const dated = signalOf(meridian, { changeDateLow: '2026-03-04', changeDateHigh: '2026-03-09' });
  const compared = compareBacktests([signalOf(meridian)], [dated]);
  expect(compared).toMatchObject({ come: [], go: [] });
});

it('tells apart streams, directions and times', () => {
  const now = signalOf(meridian);
  for (const changes of [
    { kind: 'TAKEBACK' },
    { direction: 'BETTER' },
    { location: 'Northside' },
    { denialCategory: 'coding' },
    { serviceGroup: { id: 'g1', name: 'Imaging' } },
    { changeDateLow: '2026-06-01', changeDateHigh: '2026-06-05' },
  ]) {
    const wanted = signalOf(meridian, changes);
    expect(compareBacktests([now], [wanted])).toMatchObject({ come: [wanted], go: [now] });
  }
});

it('counts an alert that becomes a signal as one that goes', () => {
  const now = signalOf(meridian);
  const wanted = signalOf(meridian, { isAlert: false, alertedOn: null });
  expect(compareBacktests([now], [wanted])).toEqual({
    now: { alerts: 1, signals: 0 },
    wanted: { alerts: 0, signals: 1 },
    come: [],
    go: [now],
  });
});

it('takes a share by an odds ratio to another share', () => {
  expect(shareAfterOdds(0.1, 1.1)).toBeCloseTo(0.1089, 4);
  expect(shareAfterOdds(0.3, 1)).toBeCloseTo(0.3, 12);
  expect(bandWords(1)).toBe('Every change counts, however small.');
});

it('has a year of days that ends on the last', () => {
  expect(yearThrough('2026-11-20')).toEqual({ from: '2025-11-21', to: '2026-11-20' });
});
