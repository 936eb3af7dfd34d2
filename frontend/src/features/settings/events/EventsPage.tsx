import { Button, Skeleton } from '@mantine/core';
import { IconCalendarEvent, IconPlus } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { EVENT_KIND_LABEL } from '@/graphql/words';
import { formatDate } from '@/lib/format';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Pager } from '@/ui/table/Pager';
import { SettingsTabs } from '../SettingsTabs';
import { KnownEventsQuery } from './documents';
import { EventDialog } from './EventDialog';
import classes from './events.module.css';
import { type KnownEvent, useEventActions } from './useEventActions';

const route = getRouteApi('/settings/events');
const PAGE_SIZE = 50;

const COLUMNS: Column<KnownEvent>[] = [
  {
    id: 'days',
    header: 'Days',
    cell: ({ firstDay, lastDay }) => (
      <>
        {formatDate(firstDay)}
        {lastDay ? <span className={classes.until}>to {formatDate(lastDay)}</span> : null}
      </>
    ),
  },
  {
    id: 'title',
    header: 'Event',
    wrap: true,
    cell: ({ title, note, kind, payer }) => (
      <>
        <span className={classes.title}>{title}</span>
        <span className={classes.about}>
          {EVENT_KIND_LABEL[kind]} · {payer?.name ?? 'All payers'}
        </span>
        {note ? <span className={classes.note}>{note}</span> : null}
      </>
    ),
  },
  { id: 'kind', header: 'Kind', wideOnly: true, cell: ({ kind }) => EVENT_KIND_LABEL[kind] },
  { id: 'payer', header: 'Payer', wrap: true, wideOnly: true, cell: ({ payer }) => payer?.name ?? 'All payers' },
  {
    id: 'group',
    header: 'Services',
    wrap: true,
    wideOnly: true,
    cell: ({ serviceGroup }) => serviceGroup?.name ?? 'All services',
  },
];

export function EventsPage() {
  const search = route.useSearch();
  const mayWrite = usePermission('KNOWN_EVENTS_WRITE');
  const { remove } = useEventActions();
  const [editing, setEditing] = useState<KnownEvent | 'new' | null>(null);
  const [{ data, error }, ask] = useQuery({
    query: KnownEventsQuery,
    variables: { first: PAGE_SIZE, after: search.after ?? null },
  });
  const page = data?.knownEvents;
  useCommands(
    mayWrite ? [{ id: 'add-event', label: 'Add an event', group: 'Act', keys: 'n', run: () => setEditing('new') }] : [],
  );
  const columns = useMemo<Column<KnownEvent>[]>(
    () =>
      mayWrite
        ? [
            ...COLUMNS,
            {
              id: 'actions',
              header: 'Actions',
              cell: (event) => (
                <span className={classes.actions}>
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`Change ${event.title}`}
                    onClick={() => setEditing(event)}
                  >
                    Change
                  </Button>
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="gray"
                    aria-label={`Delete ${event.title}`}
                    onClick={() => void remove(event)}
                  >
                    Delete
                  </Button>
                </span>
              ),
            },
          ]
        : COLUMNS,
    [mayWrite, remove],
  );
  const add = mayWrite ? (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setEditing('new')}>
      Add an event
    </Button>
  ) : undefined;

  return (
    <Page
      title="Known events"
      lead="What you know of: it stands beside the changes it may explain, and silences none"
      actions={page && page.items.length > 0 ? add : undefined}
    >
      <SettingsTabs />
      {page ? (
        page.items.length > 0 ? (
          <>
            <DataTable caption="Known events" columns={columns} rows={page.items} rowKey={({ id }) => id} />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="event"
            />
          </>
        ) : (
          <Notice icon={<IconCalendarEvent size={32} />} title="No events yet" action={add}>
            A contract letter, a payer’s new rule, your move to another billing system, a week closed for holidays: put
            it here with its days, and an alert whose change falls near shows it on its chart. So you see at once what
            was announced and what was not.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the known events"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
      {mayWrite ? null : (
        <p className={classes.reads}>
          Your role reads the calendar; owners, administrators and the care team write it.
        </p>
      )}
      {editing ? <EventDialog event={editing === 'new' ? null : editing} onClose={() => setEditing(null)} /> : null}
    </Page>
  );
}
