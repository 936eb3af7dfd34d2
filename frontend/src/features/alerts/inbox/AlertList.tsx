import { useEffect, useMemo, useState } from 'react';
import { usePermission } from '@/app/session/SessionContext';
import type { InboxSearch } from '@/app/urls';
import type { ResultOf } from '@/graphql/tada';
import { useActionDialogs } from '../actions/useActionDialogs';
import type { InboxQuery } from '../documents';
import { AlertRow } from './AlertRow';
import { BulkBar } from './BulkBar';
import classes from './inbox.module.css';
import { useInboxKeys } from './useInboxKeys';

type Item = NonNullable<ResultOf<typeof InboxQuery>['alerts']>['items'][number];
type AlertListProps = { items: readonly Item[]; search: InboxSearch; busy: boolean };

/** The ranked list: one row a change, walked and decided on from the keyboard. */
export function AlertList({ items, search, busy }: AlertListProps) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const mayWrite = usePermission('ALERTS_WRITE');
  const { askSnooze, askAssign, dialog } = useActionDialogs();
  const chosen = useMemo(() => items.filter((item) => selected.has(item.id)), [items, selected]);

  // An alert that left the list is no longer part of the selection.
  useEffect(() => {
    setSelected((current) => {
      const kept = [...current].filter((id) => items.some((item) => item.id === id));
      return kept.length === current.size ? current : new Set(kept);
    });
  }, [items]);

  const toggle = (id: string) =>
    setSelected((current) => {
      const next = new Set(current);
      if (!next.delete(id)) next.add(id);
      return next;
    });

  const keys = useInboxKeys({ items, chosen, toggle, mayWrite, askSnooze, askAssign });

  return (
    <>
      <ul className={classes.list} aria-label="Alerts" aria-busy={busy}>
        {items.map((item, index) => (
          <AlertRow
            key={item.id}
            data={item}
            search={search}
            selectable={mayWrite}
            selected={selected.has(item.id)}
            onToggle={() => toggle(item.id)}
            onFocus={() => keys.focused(index)}
            linkRef={keys.linkRef(index)}
          />
        ))}
      </ul>
      {chosen.length > 0 ? (
        <BulkBar
          alerts={chosen}
          total={items.length}
          onAll={() => setSelected(new Set(items.map((item) => item.id)))}
          onNone={() => setSelected(new Set())}
          onSnooze={() => askSnooze(chosen)}
          onAssign={() => askAssign(chosen)}
        />
      ) : null}
      {dialog}
    </>
  );
}
