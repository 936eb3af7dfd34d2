import { IconMoodCheck } from '@tabler/icons-react';
import { useMemo } from 'react';
import type { Backtest, BacktestSignal } from '@/app/backtests/useBacktest';
import { daysBetween } from '@/lib/dates';
import { formatDate, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Notice } from '@/ui/state/Notice';
import { BacktestTable } from './BacktestTable';
import classes from './backtest.module.css';
import { withoutAlertWords } from './reasons';
import { Timeline } from './Timeline';
import { toldOn } from './timeline';

/** Half of the alerts were opened within so many days of the change; null without alerts. */
export function medianDaysToDetect(signals: readonly BacktestSignal[]): number | null {
  const days = signals
    .filter(({ isAlert }) => isAlert)
    .map((signal) => daysBetween(signal.changeDate, toldOn(signal)))
    .sort((one, other) => one - other);
  return days[Math.floor((days.length - 1) / 2)] ?? null;
}

/** What a backtest found: in a sentence, on a timeline and in a table. */
export function BacktestResult({ backtest, signals }: { backtest: Backtest; signals: readonly BacktestSignal[] }) {
  const { from, to } = backtest;
  const period = useMemo(() => ({ from, to }), [from, to]);
  if (signals.length === 0) {
    return (
      <Notice icon={<IconMoodCheck size={32} />} title="Nothing would have been told">
        No payer changed between {formatDate(from)} and {formatDate(to)} in a way that the evidence carried. Lower what
        is too small to matter, or choose a longer period; streams need some months of claims before they are watched.
      </Notice>
    );
  }
  const alerts = signals.filter(({ isAlert }) => isAlert).length;
  const median = medianDaysToDetect(signals);
  return (
    <div className={classes.result}>
      <p className={classes.sum} role="status">
        <strong>{plural(alerts, 'alert')}</strong> and {plural(signals.length - alerts, 'signal')} without an alert
        between {formatDate(from)} and {formatDate(to)}
        {median === null ? '.' : `; half of the alerts within ${plural(median, 'day')} of the change.`}{' '}
        {withoutAlertWords(signals)}
      </p>
      <Card title="Day by day" note="Each day knew only what was known then">
        <Timeline signals={signals} period={period} />
      </Card>
      <BacktestTable signals={signals} />
    </div>
  );
}
