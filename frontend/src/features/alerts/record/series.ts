import type { ClaimsSearch } from '@/app/urls';
import type { ResultOf, SignalKind } from '@/graphql/tada';
import {
  formatCount,
  formatDate,
  formatDecimal,
  formatDollars,
  formatShare,
  formatShareTick,
  NOTHING,
  plural,
} from '@/lib/format';
import { type ControlPoint, trailingWeekMean } from '@/ui/chart/geometry';
import type { SignalSeriesFragment } from './documents';

export type Series = ResultOf<typeof SignalSeriesFragment>;
export type SeriesPoint = Series['series'][number];

const dollars = (value: number): string => formatDollars(String(Math.round(value)));

/** What the sums over some days say of them. */
type Told = { events: number; expected: number; count: number; open: number };

type SeriesView = {
  title: string;
  /** What is counted, where the title alone does not tell it from another kind of the same change. */
  about?: string;
  label: string;
  /** Drawn as events of count against the baseline; otherwise as events a day against those expected. */
  asShares: boolean;
  legend: { dot: string; line: string; reference: string };
  columns: { count: string; events: string };
  /** What could have happened: claims, or dollars. */
  formatWhole: (value: number) => string;
  formatEvents: (value: number) => string;
  formatExpected: (value: number) => string;
  /** The chart's own axis. */
  formatValue: (value: number) => string;
  tell: (days: Told) => string;
};

const SHARES = {
  asShares: true,
  formatWhole: formatCount,
  formatEvents: formatCount,
  formatExpected: formatDecimal,
  formatValue: formatShareTick,
} as const;
const COUNTS = {
  asShares: false,
  formatWhole: formatCount,
  formatEvents: formatCount,
  formatExpected: formatDecimal,
  formatValue: formatCount,
} as const;

/** How the days of each kind of signal are drawn and told. */
export const SERIES: Record<SignalKind, SeriesView> = {
  DENIAL_RATE: {
    ...SHARES,
    title: 'Denied share of decided claims, day by day',
    label: 'Denied share of decided claims, by day',
    legend: { dot: 'a day', line: '7-day rate', reference: 'baseline' },
    columns: { count: 'Decided', events: 'Denied' },
    tell: ({ events, expected, count }) =>
      count === 0
        ? 'nothing decided'
        : `${formatCount(events)} of ${plural(count, 'decided claim')} denied (${formatShare(events / count)}), ${formatDecimal(expected)} expected`,
  },
  DENIAL_COHORT: {
    ...COUNTS,
    title: 'Denials against those expected of open claims',
    about:
      'Goes by the day claims were submitted, where the denial rate goes by the day they were decided: it backs the rate up, and dates the change by submission.',
    label: 'Denials and expected denials, by day',
    legend: { dot: 'denied that day', line: 'denied, 7-day mean', reference: 'expected, 7-day mean' },
    columns: { count: 'Open', events: 'Denied' },
    tell: ({ events, expected, open }) =>
      `${plural(events, 'claim')} denied, ${formatDecimal(expected)} expected; ${formatCount(open)} open`,
  },
  DENIAL_DOLLARS: {
    ...COUNTS,
    formatWhole: dollars,
    formatEvents: dollars,
    formatExpected: dollars,
    formatValue: dollars,
    title: 'Billed dollars denied against those expected',
    about: 'Goes by what was billed, where the denial rate counts claims: denials of large claims show here first.',
    label: 'Denied and expected dollars, by day',
    legend: { dot: 'denied that day', line: 'denied, 7-day mean', reference: 'expected, 7-day mean' },
    columns: { count: 'Billed', events: 'Denied' },
    tell: ({ events, expected, count }) =>
      count === 0
        ? 'nothing decided'
        : `${dollars(events)} of ${dollars(count)} billed denied (${formatShare(events / count)}), ${dollars(expected)} expected`,
  },
  PAYMENT_DELAY: {
    ...COUNTS,
    title: 'Payments received against payments expected',
    label: 'Payments and expected payments, by day',
    legend: { dot: 'paid that day', line: 'paid, 7-day mean', reference: 'expected, 7-day mean' },
    columns: { count: 'Open', events: 'Paid' },
    tell: ({ events, expected, open }) =>
      `${plural(events, 'claim')} paid, ${formatDecimal(expected)} expected; ${formatCount(open)} open`,
  },
  TAKEBACK: {
    ...SHARES,
    title: 'Payments taken back per claim decided, day by day',
    label: 'Takebacks per claim decided, by day',
    legend: { dot: 'a day', line: '7-day rate', reference: 'baseline' },
    columns: { count: 'Decided', events: 'Taken back' },
    tell: ({ events, expected, count }) =>
      `${plural(events, 'payment')} taken back, ${formatDecimal(expected)} expected; ${plural(count, 'claim')} decided (${count === 0 ? NOTHING : formatShare(events / count)})`,
  },
};

/** A signal's days as the chart draws them. */
export function controlPoints(kind: SignalKind, series: readonly SeriesPoint[]): ControlPoint[] {
  if (SERIES[kind].asShares) {
    return series.map(({ day, count, events, rate, baseline, statistic, threshold }) => ({
      day,
      dot: count > 0 ? events / count : null,
      line: rate,
      reference: baseline,
      statistic,
      threshold,
    }));
  }
  const happened = trailingWeekMean(series.map(({ events }) => events));
  const expected = trailingWeekMean(series.map((point) => point.expected));
  return series.map(({ day, events, statistic, threshold }, index) => ({
    day,
    dot: events,
    line: happened[index] ?? null,
    reference: expected[index] ?? null,
    statistic,
    threshold,
  }));
}

/** A day, or a stretch of days, in words. */
export function describeDays(kind: SignalKind, series: readonly SeriesPoint[], from: number, to: number): string {
  const days = series.slice(from, to + 1);
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return '';
  const when = first === last ? formatDate(first.day) : `${formatDate(first.day)} to ${formatDate(last.day)}`;
  const sum = (value: (point: SeriesPoint) => number) => days.reduce((total, point) => total + value(point), 0);
  return `${when}: ${SERIES[kind].tell({
    events: sum(({ events }) => events),
    expected: sum(({ expected }) => expected),
    count: sum(({ count }) => count),
    open: last.count,
  })}`;
}

const OUTCOMES: Partial<Record<SignalKind, ClaimsSearch['outcome']>> = {
  DENIAL_COHORT: ['DENIED'],
  PAYMENT_DELAY: ['PAID', 'PARTIAL'],
};

/** The claims list's filter for the rows behind some days of a signal's chart. */
export function claimsOfDays(signal: Series, from: number, to: number): ClaimsSearch {
  return {
    payer: signal.payer.id,
    group: signal.serviceGroup?.id,
    location: signal.location || undefined,
    decidedFrom: signal.series[from]?.day,
    decidedTo: signal.series[to]?.day,
    outcome: OUTCOMES[signal.kind],
  };
}
