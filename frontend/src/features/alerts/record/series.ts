import type { ClaimsSearch } from '@/app/urls';
import type { ResultOf, SignalKind } from '@/graphql/tada';
import { formatCount, formatDate, formatDecimal, formatShare, plural } from '@/lib/format';
import { type ControlPoint, trailingWeekMean } from '@/ui/chart/geometry';
import type { SignalSeriesFragment } from './documents';

export type Series = ResultOf<typeof SignalSeriesFragment>;
export type SeriesPoint = Series['series'][number];

/** A signal's days as the chart draws them: a denial rate as shares, a payment delay as payments a day. */
export function controlPoints(kind: SignalKind, series: readonly SeriesPoint[]): ControlPoint[] {
  if (kind === 'DENIAL_RATE') {
    return series.map(({ day, count, events, rate, baseline, statistic, threshold }) => ({
      day,
      dot: count > 0 ? events / count : null,
      line: rate,
      reference: baseline,
      statistic,
      threshold,
    }));
  }
  const paid = trailingWeekMean(series.map(({ events }) => events));
  const expected = trailingWeekMean(series.map((point) => point.expected));
  return series.map(({ day, events, statistic, threshold }, index) => ({
    day,
    dot: events,
    line: paid[index] ?? null,
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
  const events = days.reduce((sum, { events: each }) => sum + each, 0);
  const expected = days.reduce((sum, { expected: each }) => sum + each, 0);
  if (kind === 'PAYMENT_DELAY') {
    return `${when}: ${plural(events, 'claim')} paid, ${formatDecimal(expected)} expected; ${formatCount(last.count)} open`;
  }
  const decided = days.reduce((sum, { count }) => sum + count, 0);
  if (decided === 0) return `${when}: nothing decided`;
  return `${when}: ${formatCount(events)} of ${plural(decided, 'decided claim')} denied (${formatShare(events / decided)}), ${formatDecimal(expected)} expected`;
}

/** The claims list's filter for the rows behind some days of a signal's chart. */
export function claimsOfDays(signal: Series, from: number, to: number): ClaimsSearch {
  const stream = { payer: signal.payer.id, group: signal.serviceGroup?.id };
  const days = { decidedFrom: signal.series[from]?.day, decidedTo: signal.series[to]?.day };
  return signal.kind === 'DENIAL_RATE' ? { ...stream, ...days } : { ...stream, ...days, outcome: ['PAID', 'PARTIAL'] };
}
