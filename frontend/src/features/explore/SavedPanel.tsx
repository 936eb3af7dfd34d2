import { Badge, Button, Skeleton } from '@mantine/core';
import { IconBookmark, IconClock } from '@tabler/icons-react';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { SavedQueriesQuery } from './documents';
import classes from './explore.module.css';
import { scheduleWords, standing } from './schedules';
import { type SavedQuery, useSavedQueries } from './useSavedQueries';

const FIRST = 200;

type SavedPanelProps = {
  /** The one that is open. */
  openId: string | null;
  onOpen: (query: SavedQuery) => void;
  onRename: (query: SavedQuery) => void;
  onSchedule: (query: SavedQuery) => void;
  onGone: (query: SavedQuery) => void;
};

/** One's own queries and those that others share. The open one shows what can be done with it. */
export function SavedPanel({ openId, onOpen, onRename, onSchedule, onGone }: SavedPanelProps) {
  const [{ data, error }, ask] = useQuery({ query: SavedQueriesQuery, variables: { first: FIRST, after: null } });
  const { change, remove } = useSavedQueries();
  const mayExport = usePermission('EXPORTS_WRITE');
  const looksAfterMembers = usePermission('MEMBERS_WRITE');
  const queries = data?.savedQueries?.items;
  if (!queries) {
    return error ? (
      <ErrorNotice
        what="saved queries"
        failure={explain(error)}
        onRetry={() => ask({ requestPolicy: 'network-only' })}
      />
    ) : (
      <Skeleton height={160} radius={8} />
    );
  }
  if (queries.length === 0) {
    return (
      <Notice icon={<IconBookmark size={28} />} title="No saved queries yet">
        Save one to run it again, share it, or have its rows sent to Exports on a schedule.
      </Notice>
    );
  }
  const share = async (query: SavedQuery) => {
    const answer = await change(query.id, { shared: !query.shared });
    if ('problem' in answer) sayProblem(answer.problem.message);
  };
  return (
    <ul className={classes.list} aria-label="Saved queries">
      {queries.map((query) => {
        const { id, name, description, shared, own, owner, schedules } = query;
        return (
          <li key={id} data-open={id === openId || undefined}>
            <button type="button" className={classes.item} onClick={() => onOpen(query)}>
              <span className={classes.name}>{name}</span>
              {description ? <span className={classes.words}>{description}</span> : null}
              <span className={classes.words}>
                {own ? (
                  <Badge size="sm" variant="light" color={shared ? 'teal' : 'gray'}>
                    {shared ? 'Shared' : 'Private'}
                  </Badge>
                ) : (
                  <>By {owner?.name ?? 'someone who left'}</>
                )}
              </span>
              {schedules.map((schedule) => (
                <span key={schedule.id} className={classes.words} data-stopped={schedule.stoppedAt ? true : undefined}>
                  <IconClock size={13} aria-hidden="true" /> {scheduleWords(schedule)}
                  {schedule.stoppedAt ? `. ${standing(schedule)}` : ''}
                </span>
              ))}
            </button>
            {id === openId ? (
              <span className={classes.actions}>
                {own ? (
                  <>
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`Rename ${name}`}
                      onClick={() => onRename(query)}
                    >
                      Rename
                    </Button>
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={shared ? `Make ${name} private` : `Share ${name}`}
                      onClick={() => void share(query)}
                    >
                      {shared ? 'Make private' : 'Share'}
                    </Button>
                  </>
                ) : null}
                {mayExport ? (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`Schedule ${name}`}
                    onClick={() => onSchedule(query)}
                  >
                    Schedule
                  </Button>
                ) : null}
                {own || looksAfterMembers ? (
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="gray"
                    aria-label={`Delete ${name}`}
                    onClick={() => void remove(query, () => onGone(query))}
                  >
                    Delete
                  </Button>
                ) : null}
              </span>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
