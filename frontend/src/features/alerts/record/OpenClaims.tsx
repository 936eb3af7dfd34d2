import { formatCount, formatDate } from '@/lib/format';
import { Sparkline } from '@/ui/chart/Sparkline';
import classes from './chartCard.module.css';
import type { SeriesPoint } from './series';

/** How many claims wait for their money, at the change and now: a stall shows here first. */
export function OpenClaims({ series, change }: { series: readonly SeriesPoint[]; change: string }) {
  const before = series.find((point) => point.day >= change);
  const now = series.at(-1);
  if (!before || !now) return null;
  return (
    <div className={classes.below}>
      <span className={classes.sparkline}>
        <Sparkline values={series.map(({ count }) => count)} width={160} height={32} />
      </span>
      <span>
        <strong>{formatCount(now.count)} claims open</strong> on {formatDate(now.day)}; {formatCount(before.count)} on{' '}
        {formatDate(before.day)}, when payments changed.
      </span>
    </div>
  );
}
