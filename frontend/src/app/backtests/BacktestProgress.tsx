import { Progress } from '@mantine/core';
import { formatCount } from '@/lib/format';
import classes from './progress.module.css';
import type { Backtest } from './useBacktest';

/** How far a backtest is; told to a screen reader as it goes. */
export function BacktestProgress({ job, what }: { job: Backtest['job']; what: string }) {
  const { state, progressDone, progressTotal, progressLabel } = job;
  const words =
    state === 'QUEUED'
      ? 'Waiting for its turn'
      : [
          progressLabel || 'Replaying the days',
          progressTotal ? `${formatCount(progressDone)} of ${formatCount(progressTotal)}` : null,
        ]
          .filter(Boolean)
          .join(' · ');
  return (
    <div className={classes.progress} role="status">
      <p className={classes.what}>{what}</p>
      <Progress
        size="sm"
        animated={!progressTotal}
        value={progressTotal ? (progressDone / progressTotal) * 100 : 100}
        aria-label={what}
      />
      <p className={classes.words}>{words}</p>
    </div>
  );
}
