import { expect, it } from 'vitest';
import type { BacktestSignal } from '@/app/backtests/useBacktest';
import { backtestSignal, payer } from '../../../tests/fixtures';
import { inOrder, layOutTimeline, MERGED_PAYER } from './timeline';

const meridian = payer('p1', 'Meridian');
const northgate = payer('p2', 'Northgate');
const PERIOD = { from: '2026-01-01', to: '2026-12-31' };
const signalOf = (...given: Parameters<typeof backtestSignal>) => backtestSignal(...given) as unknown as BacktestSignal;
const told = (day: string, changeDate: string, of: ReturnType<typeof payer> | null = meridian, isAlert = true) =>
  signalOf(of, { alarmedOn: day, alertedOn: isAlert ? day : null, isAlert, changeDate });

it('gives each payer a lane, the one with the most alerts first', () => {
  const signals = [
    told('2026-02-01', '2026-01-20', meridian, false),
    told('2026-03-01', '2026-02-20', northgate),
    told('2026-04-01', '2026-03-20', null, false),
  ];
  expect(layOutTimeline(signals, PERIOD, 900).lanes.map(({ name }) => name)).toEqual([
    'Northgate',
    MERGED_PAYER,
    'Meridian',
  ]);
});

it('stacks changes of one payer that overlap, and puts later ones back into the first row', () => {
  const { marks } = layOutTimeline(
    [told('2026-02-20', '2026-02-01'), told('2026-02-25', '2026-02-10'), told('2026-08-01', '2026-07-20')],
    PERIOD,
    900,
  );
  expect(marks[1]?.y).toBeGreaterThan(marks[0]?.y ?? 0);
  expect(marks[2]?.y).toBe(marks[0]?.y);
});

it('draws the delay from the change to the day it was told, and no further left than the period', () => {
  const [mark] = layOutTimeline([told('2026-01-11', '2025-11-01')], PERIOD, 900).marks;
  expect(mark?.left).toBe(168);
  expect(mark?.right).toBeGreaterThan(mark?.left ?? 0);
});

it('finds the mark nearest to a pointer, along the bar and across rows', () => {
  const signals = [
    told('2026-02-20', '2026-02-01'),
    told('2026-02-25', '2026-02-10'),
    told('2026-08-01', '2026-07-20'),
  ];
  const { marks, nearest } = layOutTimeline(signals, PERIOD, 900);
  for (const { index, left, right, y } of marks) expect(nearest((left + right) / 2, y)).toBe(index);
  expect(nearest(10_000, 0)).toBe(2);
});

it('is walked by the day of the alert, or without one of the alarm', () => {
  const waited = signalOf(meridian, { alarmedOn: '2026-02-01', alertedOn: '2026-03-01' });
  const signal = told('2026-02-10', '2026-02-01', northgate, false);
  expect(inOrder([waited, signal])).toEqual([signal, waited]);
});
