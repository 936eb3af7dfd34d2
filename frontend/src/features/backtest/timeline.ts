import { scaleLinear } from 'd3-scale';
import type { BacktestSignal } from '@/app/backtests/useBacktest';
import { daysBetween } from '@/lib/dates';
import { monthTicks } from '@/ui/chart/geometry';

/** A change on the timeline: a bar from the change to the day it was told, and the mark on that day. Pixels. */
export type Mark = { index: number; left: number; right: number; y: number; reason: BacktestSignal['reason'] };
export type Lane = { name: string; top: number; height: number };
export type TimelineLayout = {
  width: number;
  height: number;
  left: number;
  lanes: Lane[];
  marks: Mark[];
  months: { day: string; x: number }[];
  /** The mark nearest to a point, by its index. */
  nearest: (x: number, y: number) => number;
};

export const MERGED_PAYER = 'A payer since merged into another';
const AXIS = 26;
const ROW = 18;
const LANE_PADDING = 7;
const LABELS = 168;
/** On a phone the payer's name stands above its lane instead of beside it. */
const NARROW = 560;
const LABEL_ABOVE = 18;
const MARK_RADIUS = 6;

/** What another signal explains is drawn smaller: it tells nothing new. Pixels. */
export const markRadius = (reason: BacktestSignal['reason']): number => (reason === 'EXPLAINED' ? 3.5 : 5);

export const payerName = (signal: Pick<BacktestSignal, 'payer'>): string => signal.payer?.name ?? MERGED_PAYER;
/** The day something would have been said: the alert's, or without one the alarm's. */
export const toldOn = ({ alertedOn, alarmedOn }: Pick<BacktestSignal, 'alertedOn' | 'alarmedOn'>): string =>
  alertedOn ?? alarmedOn;

/** By the day they were told, oldest first: the order in which the timeline is walked. */
export const inOrder = (signals: readonly BacktestSignal[]): BacktestSignal[] =>
  [...signals].sort((one, other) => toldOn(one).localeCompare(toldOn(other)));

/** Places signals (in order of days) into one lane a payer, those that overlap in rows; the most alerted payer first. */
export function layOutTimeline(
  signals: readonly BacktestSignal[],
  period: { from: string; to: string },
  width: number,
): TimelineLayout {
  const narrow = width < NARROW;
  const left = narrow ? MARK_RADIUS + 2 : LABELS;
  const days = Math.max(daysBetween(period.from, period.to), 1);
  const scale = scaleLinear([0, days], [left, Math.max(width - MARK_RADIUS - 4, left + 1)]).clamp(true);
  const x = (day: string) => scale(daysBetween(period.from, day));

  const lanes: Lane[] = [];
  const marks: Mark[] = [];
  let top = 0;
  for (const name of payersByAlerts(signals)) {
    const rowEnds: number[] = [];
    const start = top + LANE_PADDING + (narrow ? LABEL_ABOVE : 0);
    signals.forEach((signal, index) => {
      if (payerName(signal) !== name) return;
      const from = x(signal.changeDate);
      const to = x(toldOn(signal));
      const free = rowEnds.findIndex((end) => end < from - 2);
      const row = free === -1 ? rowEnds.length : free;
      rowEnds[row] = to + MARK_RADIUS;
      marks.push({
        index,
        left: from,
        right: to,
        y: start + row * ROW + ROW / 2,
        reason: signal.reason,
      });
    });
    const height = start - top + rowEnds.length * ROW + LANE_PADDING;
    lanes.push({ name, top, height });
    top += height;
  }
  marks.sort((one, other) => one.index - other.index);
  return {
    width,
    height: top + AXIS,
    left,
    lanes,
    marks,
    months: monthTicks(period.from, period.to, width - left).map((day) => ({ day, x: x(day) })),
    nearest: (atX, atY) => {
      const away = ({ left: from, right: to, y }: Mark) =>
        Math.hypot(atX < from ? from - atX : atX > to ? atX - to : 0, (atY - y) * 2);
      return marks.reduce((best, mark) => (away(mark) < away(best) ? mark : best), marks[0] as Mark).index;
    },
  };
}

function payersByAlerts(signals: readonly BacktestSignal[]): string[] {
  const alerts = new Map<string, number>();
  for (const signal of signals) {
    alerts.set(payerName(signal), (alerts.get(payerName(signal)) ?? 0) + (signal.isAlert ? 1 : 0));
  }
  return [...alerts]
    .sort(([one, ones], [other, others]) => others - ones || one.localeCompare(other))
    .map(([name]) => name);
}
