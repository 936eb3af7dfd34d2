import type { BacktestSignal } from './useBacktest';

export type Comparison = {
  now: { alerts: number; signals: number };
  wanted: { alerts: number; signals: number };
  /** Alerts there would be that there are not now. */
  come: BacktestSignal[];
  /** Alerts there are now that there would not be. */
  go: BacktestSignal[];
};

const streamOf = ({ kind, direction, payer, serviceGroup, denialCategory, location }: BacktestSignal): string =>
  [kind, direction, payer?.id, serviceGroup?.id, denialCategory, location].join('\t');

/** The same change of the same stream, though it may be dated some days apart. */
const same = (one: BacktestSignal, other: BacktestSignal): boolean =>
  streamOf(one) === streamOf(other) &&
  one.changeDateLow <= other.changeDateHigh &&
  other.changeDateLow <= one.changeDateHigh;

const count = (signals: readonly BacktestSignal[]) => {
  const alerts = signals.filter(({ isAlert }) => isAlert).length;
  return { alerts, signals: signals.length - alerts };
};

/** Two replays of the same days: as detection is set now, and as it is wanted. Signals are counted without alerts. */
export function compareBacktests(now: readonly BacktestSignal[], wanted: readonly BacktestSignal[]): Comparison {
  const alertsOf = (signals: readonly BacktestSignal[]) => signals.filter(({ isAlert }) => isAlert);
  const missing = (from: readonly BacktestSignal[], among: readonly BacktestSignal[]) =>
    alertsOf(from).filter((signal) => !alertsOf(among).some((other) => same(signal, other)));
  return { now: count(now), wanted: count(wanted), come: missing(wanted, now), go: missing(now, wanted) };
}
