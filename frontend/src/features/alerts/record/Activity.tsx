import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatMoment } from '@/lib/format';
import { Card } from '@/ui/Card';
import classes from './activity.module.css';
import { ActivityFragment } from './documents';

const ACTIONS: Record<string, string> = {
  OPENED: 'Alert opened',
  ACKNOWLEDGED: 'Acknowledged',
  SNOOZED: 'Snoozed',
  RESOLVED: 'Resolved',
  REOPENED: 'Reopened',
  ASSIGNED: 'Assigned',
  JUDGED: 'Judged',
  WIDENED: 'Widened to the whole payer',
  NO_LONGER_SEEN: 'No longer seen',
  STANDS: 'Looked at again',
  SEEN_AGAIN: 'Seen again',
};

/** What was done, by whom and when; newest first. */
export function Activity({ data }: { data: FragmentOf<typeof ActivityFragment> }) {
  const { activity } = readFragment(ActivityFragment, data);
  return (
    <Card title="Activity">
      <ol className={classes.list}>
        {activity.map(({ id, action, at, detail, by }) => (
          <li key={id}>
            <span>
              {ACTIONS[action] ?? action}
              {by ? ` by ${by.name}` : ''}
            </span>
            {detail ? <span className={classes.detail}>{detail}</span> : null}
            <time className={classes.at} dateTime={at}>
              {formatMoment(at)}
            </time>
          </li>
        ))}
      </ol>
    </Card>
  );
}
