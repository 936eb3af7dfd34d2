import { formatCount, plural } from '@/lib/format';
import classes from './explore.module.css';
import type { Cost } from './useCost';

/** What the query would cost and what is left of the minute's budget; of a query that is not run, why. */
export function CostLine({ cost, problem }: { cost: Cost | null; problem: string | null }) {
  if (problem) return <p className={classes.cost}>{problem}</p>;
  if (!cost) return <p className={classes.cost}>Counting what it costs…</p>;
  if (cost.faults.length > 0) {
    return <p className={classes.cost}>{plural(cost.faults.length, 'mistake')}: the server would not run it yet.</p>;
  }
  const share = Math.min(cost.values / cost.mostValues, 1);
  return (
    <div className={classes.cost}>
      <span className={classes.meter} data-much={share > 0.8 || undefined} aria-hidden="true">
        <span style={{ width: `${Math.max(share * 100, 2)}%` }} />
      </span>
      <span>
        Costs up to <b>{formatCount(cost.values)}</b> of {formatCount(cost.mostValues)} values,{' '}
        {plural(cost.depth, 'level')} of {cost.mostDepth}
      </span>
      <span className={classes.left}>
        {formatCount(cost.left)} of {formatCount(cost.mostLeft)} left this minute
      </span>
      {cost.missing.length > 0 ? (
        <span className={classes.missing}>
          Parts will be empty: your role lacks{' '}
          {cost.missing.map((each) => each.toLowerCase().replaceAll('_', ' ')).join(', ')}
        </span>
      ) : null}
    </div>
  );
}
