import { lazy, type ReactNode, Suspense, useState } from 'react';
import { type AlertHandle, useAlertActions } from './useAlertActions';

// Dialogs are a tenth of what the first screen would load.
const AssignDialog = lazy(() => import('./AssignDialog'));
const SnoozeDialog = lazy(() => import('./SnoozeDialog'));

type Open = { what: 'snooze' | 'assign'; alerts: readonly AlertHandle[] } | null;

/** The two actions that need an answer first, and the dialog that asks for it. */
export function useActionDialogs(): {
  askSnooze: (alerts: readonly AlertHandle[]) => void;
  askAssign: (alerts: readonly AlertHandle[]) => void;
  dialog: ReactNode;
} {
  const actions = useAlertActions();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const ask = (what: 'snooze' | 'assign') => (alerts: readonly AlertHandle[]) =>
    alerts.length > 0 ? setOpen({ what, alerts }) : undefined;

  return {
    askSnooze: ask('snooze'),
    askAssign: ask('assign'),
    dialog: open ? (
      <Suspense>
        {open.what === 'snooze' ? (
          <SnoozeDialog
            count={open.alerts.length}
            onClose={close}
            onSnooze={(until) => void actions.snooze(open.alerts, until)}
          />
        ) : (
          <AssignDialog
            count={open.alerts.length}
            onClose={close}
            onAssign={(person) => void actions.assign(open.alerts, person)}
          />
        )}
      </Suspense>
    ) : null,
  };
}
