import { Skeleton } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { BacktestProgress } from '@/app/backtests/BacktestProgress';
import { compareBacktests } from '@/app/backtests/compare';
import type { BacktestSignal, BacktestState } from '@/app/backtests/useBacktest';
import { formatCount, formatDate, formatDollars, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { TextLink } from '@/ui/LinkButton';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import classes from './detection.module.css';

type Values = { budget: number; band: number };
type EffectProps = { now: BacktestState; wanted: BacktestState; saved: Values; values: Values; onRetry: () => void };

/** The last year with the saved settings and with the new ones, side by side. */
export function Effect({ now, wanted, saved, values, onRetry }: EffectProps) {
  for (const [state, what] of [
    [now, 'Replaying the year as it is set'],
    [wanted, 'Replaying the year with the new values'],
  ] as const) {
    if (state.phase === 'failed') return <ErrorNotice what="the effect" failure={state.failure} onRetry={onRetry} />;
    if (state.phase === 'unknown')
      return <Notice icon={<IconMapQuestion size={32} />} title="This trial is gone. Show the effect again." />;
    if (state.phase === 'underway') return <BacktestProgress job={state.backtest.job} what={what} />;
  }
  if (now.phase !== 'done' || wanted.phase !== 'done') return <Skeleton height={320} radius={10} />;
  const compared = compareBacktests(now.signals, wanted.signals);
  const unchanged = compared.come.length === 0 && compared.go.length === 0;
  return (
    <Card
      title="The effect on the last 12 months"
      note={`${formatDate(wanted.backtest.from)} to ${formatDate(wanted.backtest.to)}, each day knowing only what was known then`}
      aside={
        <TextLink
          size="sm"
          to="/backtest"
          search={{ ...values, from: wanted.backtest.from, to: wanted.backtest.to, job: wanted.backtest.job.id }}
        >
          See it day by day
        </TextLink>
      }
    >
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Over 12 months</th>
            <th scope="col">As it is set</th>
            <th scope="col">With the new values</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Alerts a week, at most</th>
            <td>{formatCount(saved.budget)}</td>
            <td>{formatCount(values.budget)}</td>
          </tr>
          <tr>
            <th scope="row">Too small to matter</th>
            <td>{saved.band.toFixed(2)}</td>
            <td>{values.band.toFixed(2)}</td>
          </tr>
          <tr>
            <th scope="row">Alerts</th>
            <td>{formatCount(compared.now.alerts)}</td>
            <td className={classes.result}>{formatCount(compared.wanted.alerts)}</td>
          </tr>
          <tr>
            <th scope="row">Signals without an alert</th>
            <td>{formatCount(compared.now.signals)}</td>
            <td className={classes.result}>{formatCount(compared.wanted.signals)}</td>
          </tr>
        </tbody>
      </table>
      {unchanged ? (
        <p className={classes.words}>The same changes would have been alerts.</p>
      ) : (
        <div className={classes.lists}>
          <Differing title="Alerts that would come" none="No further alerts." signals={compared.come} />
          <Differing title="Alerts that would go" none="No alert would be lost." signals={compared.go} />
        </div>
      )}
    </Card>
  );
}

type DifferingProps = { title: string; none: string; signals: readonly BacktestSignal[] };

function Differing({ title, none, signals }: DifferingProps) {
  return (
    <section>
      <h3 className={classes.subtitle}>
        {title}
        {signals.length > 0 ? <span className={classes.tally}>{plural(signals.length, 'alert')}</span> : null}
      </h3>
      {signals.length === 0 ? (
        <p className={classes.words}>{none}</p>
      ) : (
        <ul className={classes.list}>
          {signals.map((signal) => (
            <li key={`${signal.headline} ${signal.alarmedOn}`}>
              {signal.headline}
              <span className={classes.about}>
                {formatDate(signal.alertedOn)} · {formatDollars(signal.dollarsPerWeek)} a week
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
