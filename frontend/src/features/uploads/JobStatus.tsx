import { Badge, Progress } from '@mantine/core';
import { JobProgressFragment } from '@/app/uploads/documents';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatCount, formatShareTick } from '@/lib/format';
import classes from './uploads.module.css';

/** Where reading a file stands: waiting, how far, done, or why not. */
export function JobStatus({ data }: { data: FragmentOf<typeof JobProgressFragment> }) {
  const { state, progressDone, progressTotal, progressLabel, error } = readFragment(JobProgressFragment, data);
  switch (state) {
    case 'QUEUED':
      return <span className={classes.meta}>Waiting for its turn</span>;
    case 'RUNNING': {
      const share = progressTotal ? progressDone / progressTotal : null;
      const label = progressLabel || 'Reading';
      return (
        <span className={classes.progress}>
          <span className={classes.meta}>
            {label}
            {share === null ? ` · ${formatCount(progressDone)}` : ` · ${formatShareTick(share)}`}
          </span>
          <Progress size="sm" animated={share === null} value={share === null ? 100 : share * 100} aria-label={label} />
        </span>
      );
    }
    case 'FAILED':
      return <span className={classes.failed}>{error?.message ?? 'Could not be read'}</span>;
    case 'CANCELLED':
      return <span className={classes.meta}>Cancelled</span>;
    case 'SUCCEEDED':
      return (
        <Badge size="sm" variant="light" color="teal">
          Read
        </Badge>
      );
  }
}
