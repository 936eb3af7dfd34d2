import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { say } from '@/app/undo/undo';
import type { InboxSearch } from '@/app/urls';
import { formatCount } from '@/lib/format';
import { InboxQuery } from '../documents';
import { inboxVariables, PAGE_SIZE } from '../filters';
import classes from './alert.module.css';

/**
 * The alerts before and after this one in the list it was opened from (its filters are in the URL). The list is taken
 * as it was on arrival, so that deciding on an alert does not lose the way on.
 */
export function useNeighbours(alertId: string, search: InboxSearch): ReactNode {
  const navigate = useNavigate();
  const [{ data }] = useQuery({
    query: InboxQuery,
    variables: inboxVariables(search),
    requestPolicy: 'cache-first',
  });
  const [arrival, setArrival] = useState(data?.alerts);
  if (!arrival && data?.alerts) setArrival(data.alerts);
  const page = arrival;
  const index = page?.items.findIndex(({ id }) => id === alertId) ?? -1;
  const previous = index > 0 ? page?.items[index - 1] : undefined;
  const next = index >= 0 ? page?.items[index + 1] : page?.items[0];

  const go = (to: { id: string } | undefined, none: string) =>
    to ? void navigate({ to: '/alerts/$alertId', params: { alertId: to.id }, search }) : void say(none);
  const goNext = () => go(next, 'This is the last alert of the list.');
  const goPrevious = () => go(previous, 'This is the first alert of the list.');

  useCommands([
    { id: 'next-record', label: 'Next alert', group: 'Move', keys: 'J', run: goNext },
    { id: 'previous-record', label: 'Previous alert', group: 'Move', keys: 'K', run: goPrevious },
  ]);

  if (!page) return null;
  const place = ((search.page ?? 1) - 1) * PAGE_SIZE + index + 1;
  return (
    <div className={classes.neighbours}>
      {index >= 0 ? (
        <span>
          {formatCount(place)} of {formatCount(page.totalCount)}
        </span>
      ) : null}
      <ActionIcon variant="default" aria-label="Previous alert" disabled={!previous} onClick={goPrevious}>
        <IconChevronUp size={18} />
      </ActionIcon>
      <ActionIcon variant="default" aria-label="Next alert" disabled={!next} onClick={goNext}>
        <IconChevronDown size={18} />
      </ActionIcon>
    </div>
  );
}
