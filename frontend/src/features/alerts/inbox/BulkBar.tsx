import { Button } from '@mantine/core';
import { plural } from '@/lib/format';
import { type AlertHandle, useAlertActions } from '../actions/useAlertActions';
import classes from './inbox.module.css';

type BulkBarProps = {
  alerts: readonly AlertHandle[];
  total: number;
  onAll: () => void;
  onNone: () => void;
  onSnooze: () => void;
  onAssign: () => void;
};

/** What can be done with everything selected. */
export function BulkBar({ alerts, total, onAll, onNone, onSnooze, onAssign }: BulkBarProps) {
  const actions = useAlertActions();
  return (
    <section className={classes.bulk} aria-label="Selected alerts">
      <strong className={classes.bulkCount}>{plural(alerts.length, 'alert')} selected</strong>
      <Button size="compact-sm" onClick={() => void actions.acknowledge(alerts)}>
        Acknowledge
      </Button>
      <Button size="compact-sm" variant="default" onClick={onSnooze}>
        Snooze…
      </Button>
      <Button size="compact-sm" variant="default" onClick={onAssign}>
        Assign…
      </Button>
      {alerts.length < total ? (
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onAll}>
          Select all {total}
        </Button>
      ) : null}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onNone}>
        Clear
      </Button>
    </section>
  );
}
