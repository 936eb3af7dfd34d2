import { Button } from '@mantine/core';
import { useCommands } from '@/app/commands/registry';
import { usePermission, useViewer } from '@/app/session/SessionContext';
import { formatDate } from '@/lib/format';
import { Card } from '@/ui/Card';
import { useActionDialogs } from '../actions/useActionDialogs';
import { type AlertHandle, useAlertActions } from '../actions/useAlertActions';
import { STATE_LABEL } from '../words';
import classes from './alert.module.css';

/** Where the alert stands, whose it is, and the next steps: each undoable, each with its key. */
export function AlertActions({ alert }: { alert: AlertHandle }) {
  const viewer = useViewer();
  const mayWrite = usePermission('ALERTS_WRITE');
  const actions = useAlertActions();
  const { askSnooze, askAssign, dialog } = useActionDialogs();
  const mine = alert.assignee?.id === viewer.id;
  const open = alert.state === 'OPEN' || alert.state === 'SNOOZED';

  useCommands(
    mayWrite
      ? [
          {
            id: 'acknowledge',
            label: 'Acknowledge',
            group: 'Act',
            keys: 'e',
            run: () => void actions.acknowledge([alert]),
          },
          { id: 'snooze', label: 'Snooze…', group: 'Act', keys: 's', run: () => askSnooze([alert]) },
          { id: 'assign', label: 'Assign…', group: 'Act', keys: 'a', run: () => askAssign([alert]) },
          {
            id: 'mine',
            label: 'Assign to me',
            group: 'Act',
            keys: 'm',
            run: () => void actions.assign([alert], viewer),
          },
          { id: 'resolve', label: 'Resolve', group: 'Act', keys: 'r', run: () => void actions.resolve([alert]) },
        ]
      : [],
  );

  return (
    <Card title="Next step">
      <p className={classes.state}>
        {STATE_LABEL[alert.state]}
        {alert.state === 'SNOOZED' ? ` until ${formatDate(alert.snoozedUntil)}` : ''} ·{' '}
        {alert.assignee ? (mine ? 'yours' : `with ${alert.assignee.name}`) : 'nobody’s yet'}
      </p>
      {mayWrite ? (
        <div className={classes.actions}>
          {open ? (
            <Button onClick={() => void actions.acknowledge([alert])}>Acknowledge</Button>
          ) : alert.state === 'ACKNOWLEDGED' ? (
            <Button onClick={() => void actions.resolve([alert])}>Resolve</Button>
          ) : (
            <Button onClick={() => void actions.reopen([alert])}>Reopen</Button>
          )}
          <Button variant="default" onClick={() => askSnooze([alert])}>
            Snooze…
          </Button>
          <Button variant="default" onClick={() => askAssign([alert])}>
            Assign…
          </Button>
          {open ? (
            <Button variant="default" onClick={() => void actions.resolve([alert])}>
              Resolve
            </Button>
          ) : alert.state === 'ACKNOWLEDGED' ? (
            <Button variant="default" onClick={() => void actions.reopen([alert])}>
              Reopen
            </Button>
          ) : null}
          {mine ? null : (
            <Button variant="default" onClick={() => void actions.assign([alert], viewer)}>
              Assign to me
            </Button>
          )}
        </div>
      ) : (
        <p className={classes.detail}>Your role reads alerts; members of the care team decide on them.</p>
      )}
      {dialog}
    </Card>
  );
}
