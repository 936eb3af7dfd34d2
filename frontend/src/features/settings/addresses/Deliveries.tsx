import { Skeleton } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { useRenewal } from '@/graphql/useRenewal';
import { formatCount, formatMoment } from '@/lib/format';
import { usePolling } from '@/lib/usePolling';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Steps, useCursors } from '@/ui/table/Steps';
import classes from '../list.module.css';
import { AlertDeliveriesQuery } from './documents';
import type { Address, Delivery } from './useAddressActions';
import { nextAttemptWords, outcomeWords, waits } from './words';

const PAGE_SIZE = 20;

/** What was sent to an address, and what came of it; `onSettled` is called whenever nothing is on its way any more. */
export function Deliveries({ address, onSettled }: { address: Address; onSettled: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const [cursors, setCursors] = useCursors();
  const variables = { id: address.id, first: PAGE_SIZE, after: cursors.at(-1) ?? null };
  const [{ data, error }, ask] = useQuery({
    query: AlertDeliveriesQuery,
    variables,
  });
  const renew = useRenewal(AlertDeliveriesQuery, variables, ask);
  const page = data?.alertDeliveries;
  const removed = address.removedAt !== null;
  const underWay = !removed && (page?.items.some(waits) ?? false);
  usePolling(underWay, renew);
  // A message may have come and gone before it was seen on its way.
  const settled = page && !underWay ? (page.items[0]?.id ?? 'none') : null;
  const whenSettled = useRef(onSettled);
  whenSettled.current = onSettled;
  useEffect(() => {
    if (settled) whenSettled.current();
  }, [settled]);
  useEffect(() => place.current?.focus(), []);

  const columns: Column<Delivery>[] = [
    {
      id: 'at',
      header: 'When',
      wrap: true,
      cell: ({ createdAt, event }) => (
        <>
          {formatMoment(createdAt)}
          <span className={classes.about}>{eventWords(event)}</span>
        </>
      ),
    },
    { id: 'event', header: 'Message', wideOnly: true, cell: ({ event }) => eventWords(event) },
    {
      id: 'outcome',
      header: 'Outcome',
      wrap: true,
      cell: (each) => (
        <>
          {outcomeWords(each, removed)}
          {each.nextAttemptAt ? (
            <span className={classes.about}>next attempt: {nextAttemptWords(each, removed)}</span>
          ) : null}
        </>
      ),
    },
    { id: 'attempts', header: 'Attempts', numeric: true, cell: ({ attempts }) => formatCount(attempts) },
    { id: 'next', header: 'Next attempt', wideOnly: true, cell: (each) => nextAttemptWords(each, removed) },
  ];
  return (
    <div ref={place} tabIndex={-1} className={classes.below}>
      <Card title={`Messages to ${address.name}`} note="The last hundred at most">
        {page ? (
          page.items.length > 0 ? (
            <>
              <DataTable caption="Messages" columns={columns} rows={page.items} rowKey={({ id }) => id} />
              <Steps cursors={cursors} onStep={setCursors} info={page.pageInfo} />
            </>
          ) : (
            <p className={classes.none}>Nothing was sent yet. Send a test to see whether messages arrive.</p>
          )
        ) : error ? (
          <ErrorNotice
            what="the messages"
            failure={explain(error)}
            onRetry={() => ask({ requestPolicy: 'network-only' })}
          />
        ) : (
          <Skeleton height={120} radius={10} />
        )}
      </Card>
    </div>
  );
}

const eventWords = (event: string): string => (event === 'test' ? 'Test' : 'New alert');
