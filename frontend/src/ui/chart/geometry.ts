import { max } from 'd3-array';
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { addDays, daysBetween } from '@/lib/dates';

/** One day of a control chart. Values are in the chart's own unit (a share, or a count); null where nothing was measured. */
export type ControlPoint = {
  day: string;
  dot: number | null;
  line: number | null;
  reference: number | null;
  statistic: number;
  threshold: number;
};

/** The dates a chart marks; all ISO. */
export type ControlMarks = { change: string; changeLow: string; changeHigh: string; alarm: string };

/** Something on the axis of days, numbered as in the list that tells of it. */
export type ControlNote = { number: number; from: string; to: string; title: string };

export const MARGIN = { top: 22, right: 12, bottom: 24, left: 48 };
const PANEL_GAP = 30;
const STATISTIC_SHARE = 0.26;

export type ControlLayout = {
  width: number;
  height: number;
  upper: { top: number; bottom: number };
  lower: { top: number; bottom: number };
  x: (day: string) => number;
  y: ScaleLinear<number, number>;
  statistic: ScaleLinear<number, number>;
  /** The point nearest to a horizontal position, by index. */
  nearest: (position: number) => number;
  months: { day: string; x: number }[];
};

/** Lays two panels, values over statistic, on one axis of days. `points` is not empty and in order of days. */
export function layOut(points: readonly ControlPoint[], width: number, height: number): ControlLayout {
  const first = (points[0] as ControlPoint).day;
  const last = (points.at(-1) as ControlPoint).day;
  const days = Math.max(daysBetween(first, last), 1);
  const horizontal = scaleLinear([0, days], [MARGIN.left, Math.max(width - MARGIN.right, MARGIN.left + 1)]);
  const x = (day: string) => horizontal(Math.min(Math.max(daysBetween(first, day), 0), days));

  const plotHeight = height - MARGIN.top - MARGIN.bottom - PANEL_GAP;
  const upper = { top: MARGIN.top, bottom: MARGIN.top + plotHeight * (1 - STATISTIC_SHARE) };
  const lower = { top: upper.bottom + PANEL_GAP, bottom: height - MARGIN.bottom };

  const highest = max(points, ({ dot, line, reference }) => Math.max(dot ?? 0, line ?? 0, reference ?? 0)) || 1;
  const strongest = max(points, ({ statistic, threshold }) => Math.max(statistic, threshold)) || 1;

  return {
    width,
    height,
    upper,
    lower,
    x,
    y: scaleLinear([0, highest], [upper.bottom, upper.top]).nice(4),
    statistic: scaleLinear([0, strongest * 1.08], [lower.bottom, lower.top]).clamp(true),
    nearest: (position) => nearestIndex(points, horizontal.invert(position), first),
    months: monthTicks(first, last, width).map((day) => ({ day, x: x(day) })),
  };
}

function nearestIndex(points: readonly ControlPoint[], dayNumber: number, first: string): number {
  let best = 0;
  let distance = Number.POSITIVE_INFINITY;
  points.forEach((point, index) => {
    const away = Math.abs(daysBetween(first, point.day) - dayNumber);
    if (away < distance) {
      best = index;
      distance = away;
    }
  });
  return best;
}

const PIXELS_A_MONTH = 64;

/** Firsts of months within the range, thinned until their labels have room. */
export function monthTicks(first: string, last: string, width: number): string[] {
  const ticks: string[] = [];
  let [year, month] = first.split('-').map(Number) as [number, number];
  for (;;) {
    month += 1;
    if (month > 12) {
      month = 1;
      year += 1;
    }
    const tick = `${year}-${String(month).padStart(2, '0')}-01`;
    if (tick > last) break;
    ticks.push(tick);
  }
  const every = Math.max(1, Math.ceil((ticks.length * PIXELS_A_MONTH) / Math.max(width, 1)));
  return ticks.filter((_, index) => index % every === 0);
}

/** The mean over each day and the six before it, of what was measured; the display's smoothing for daily counts. */
export function trailingWeekMean(values: readonly (number | null)[]): (number | null)[] {
  return values.map((_, index) => {
    const week = values.slice(Math.max(0, index - 6), index + 1).filter((value) => value !== null);
    return week.length === 0 ? null : week.reduce((sum, value) => sum + value, 0) / week.length;
  });
}

/** The part of the series worth showing: from some days before the change to the end. */
export function windowAround<Point extends { day: string }>(
  points: readonly Point[],
  change: string,
  daysBefore: number,
): Point[] {
  const from = addDays(change, -daysBefore);
  return points.filter((point) => point.day >= from);
}
