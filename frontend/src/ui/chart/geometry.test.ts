import { describe, expect, it } from 'vitest';
import { addDays } from '@/lib/dates';
import { type ControlPoint, layOut, MARGIN, monthTicks, trailingWeekMean, windowAround } from './geometry';

const point = (index: number, changes: Partial<ControlPoint> = {}): ControlPoint => ({
  day: addDays('2026-01-01', index),
  dot: 0.1,
  line: 0.12,
  reference: 0.08,
  statistic: 2,
  threshold: 8.2,
  ...changes,
});
const points = Array.from({ length: 91 }, (_, index) => point(index));

describe('layout', () => {
  const layout = layOut(points, 800, 340);

  it('spreads the days between the margins', () => {
    expect(layout.x('2026-01-01')).toBe(MARGIN.left);
    expect(layout.x('2026-04-01')).toBeCloseTo(800 - MARGIN.right);
  });

  it('keeps marks outside the period at its edges', () => {
    expect(layout.x('2025-06-01')).toBe(MARGIN.left);
    expect(layout.x('2027-01-01')).toBeCloseTo(800 - MARGIN.right);
  });

  it('starts values at zero and has room for the largest', () => {
    expect(layout.y(0)).toBe(layout.upper.bottom);
    expect(layout.y(0.12)).toBeGreaterThanOrEqual(layout.upper.top);
  });

  it('shows the threshold even while the evidence is far below it, and no statistic outside its panel', () => {
    expect(layout.statistic(8.2)).toBeGreaterThan(layout.lower.top);
    expect(layout.statistic(-50)).toBe(layout.lower.bottom);
  });

  it('puts the panels one below the other', () => {
    expect(layout.upper.bottom).toBeLessThan(layout.lower.top);
    expect(layout.lower.bottom).toBe(340 - MARGIN.bottom);
  });

  it('finds the day under the pointer, also where days are missing', () => {
    const gaps = [point(0), point(10), point(90)];
    const sparse = layOut(gaps, 800, 340);
    expect(gaps.map(({ day }) => sparse.nearest(sparse.x(day)))).toEqual([0, 1, 2]);
    expect(sparse.nearest(-100)).toBe(0);
    expect(sparse.nearest(9_999)).toBe(2);
  });

  it('stands one single day, and days without any value', () => {
    const single = layOut([point(0, { dot: null, line: null, reference: null, statistic: 0, threshold: 0 })], 800, 340);
    expect(Number.isFinite(single.x('2026-01-01'))).toBe(true);
    expect(Number.isFinite(single.y(0))).toBe(true);
  });
});

describe('month ticks', () => {
  it('are the firsts within the period', () => {
    expect(monthTicks('2025-11-15', '2026-02-01', 800)).toEqual(['2025-12-01', '2026-01-01', '2026-02-01']);
  });
  it('thin out until labels have room', () => {
    const narrow = monthTicks('2024-01-01', '2026-01-01', 300);
    expect(narrow.length).toBeLessThanOrEqual(5);
    expect(narrow.length).toBeGreaterThan(2);
  });
});

it('means a week behind each day, over what was measured', () => {
  expect(trailingWeekMean([7, null, 1])).toEqual([7, 7, 4]);
  expect(trailingWeekMean([null])).toEqual([null]);
  expect(trailingWeekMean([100, 1, 1, 1, 1, 1, 1, 1]).at(-1)).toBe(1);
});

it('cuts the series to some days before the change and all after', () => {
  const cut = windowAround(points, '2026-03-01', 10);
  expect(cut[0]?.day).toBe('2026-02-19');
  expect(cut.at(-1)?.day).toBe('2026-04-01');
});
