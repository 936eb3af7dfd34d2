import { useEffect, useRef } from 'react';
import { useCommands } from '@/app/commands/registry';
import { useViewer } from '@/app/session/SessionContext';
import { type AlertHandle, useAlertActions } from '../actions/useAlertActions';

type InboxKeys = {
  items: readonly AlertHandle[];
  chosen: readonly AlertHandle[];
  toggle: (id: string) => void;
  mayWrite: boolean;
  askSnooze: (alerts: readonly AlertHandle[]) => void;
  askAssign: (alerts: readonly AlertHandle[]) => void;
};

/** The inbox from the keyboard: j and k walk the rows; actions go to the selection, or without one to the row in focus. */
export function useInboxKeys({ items, chosen, toggle, mayWrite, askSnooze, askAssign }: InboxKeys) {
  const viewer = useViewer();
  const actions = useAlertActions();
  const links = useRef<(HTMLAnchorElement | null)[]>([]);
  const current = useRef(-1);

  // When the row in focus has left the list (it was decided on), its successor takes the focus.
  useEffect(() => {
    const last = Math.min(current.current, items.length - 1);
    if (last >= 0 && document.activeElement === document.body) links.current[last]?.focus();
  }, [items]);

  const walk = (step: number) => {
    const next = Math.min(Math.max(current.current + step, 0), items.length - 1);
    links.current[next]?.focus();
    links.current[next]?.scrollIntoView({ block: 'nearest' });
  };
  const inFocus = (): AlertHandle[] => items.slice(Math.max(current.current, 0)).slice(0, current.current < 0 ? 0 : 1);
  const targets = (): readonly AlertHandle[] => (chosen.length > 0 ? chosen : inFocus());

  useCommands([
    { id: 'next', label: 'Next alert', group: 'Move', keys: 'j', run: () => walk(1), keyboardOnly: true },
    { id: 'previous', label: 'Previous alert', group: 'Move', keys: 'k', run: () => walk(-1), keyboardOnly: true },
    { id: 'open', label: 'Open the alert', group: 'Move', keys: 'Enter' },
    ...(mayWrite
      ? ([
          {
            id: 'select',
            label: 'Select',
            group: 'Act',
            keys: 'x',
            run: () =>
              inFocus().forEach((each) => {
                toggle(each.id);
              }),
          },
          {
            id: 'acknowledge',
            label: 'Acknowledge',
            group: 'Act',
            keys: 'e',
            run: () => void actions.acknowledge(targets()),
          },
          { id: 'snooze', label: 'Snooze…', group: 'Act', keys: 's', run: () => askSnooze(targets()) },
          { id: 'assign', label: 'Assign…', group: 'Act', keys: 'a', run: () => askAssign(targets()) },
          {
            id: 'mine',
            label: 'Assign to me',
            group: 'Act',
            keys: 'm',
            run: () => void actions.assign(targets(), viewer),
          },
        ] as const)
      : []),
  ]);

  return {
    focused: (index: number) => {
      current.current = index;
    },
    linkRef: (index: number) => (link: HTMLAnchorElement | null) => {
      links.current[index] = link;
    },
  };
}
