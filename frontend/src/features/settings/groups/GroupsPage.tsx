import { Button, Skeleton } from '@mantine/core';
import { IconPlus, IconStack2 } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { formatMoment } from '@/lib/format';
import { Card } from '@/ui/Card';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Regrouping } from '../Regrouping';
import { SettingsTabs } from '../SettingsTabs';
import { ServiceGroupsQuery } from './documents';
import { GroupDialog } from './GroupDialog';
import classes from './groups.module.css';
import { RemoveDialog } from './RemoveDialog';
import { type Edit, type ServiceGroup, useGroupActions } from './useGroupActions';

const NAME: Column<ServiceGroup> = {
  id: 'name',
  header: 'Group',
  wrap: true,
  cell: ({ name, codes }) => (
    <>
      <span className={classes.name}>{name}</span>
      <span className={classes.codes}>
        {codes.length > 0 ? codes.join(', ') : 'Every code that no other group has'}
      </span>
    </>
  ),
};

export function GroupsPage() {
  const mayWrite = usePermission('PAYERS_WRITE');
  const [{ data, error }, ask] = useQuery({ query: ServiceGroupsQuery, requestPolicy: 'cache-and-network' });
  const [editing, setEditing] = useState<ServiceGroup | 'new' | null>(null);
  const [removing, setRemoving] = useState<ServiceGroup | null>(null);
  const groups = data?.serviceGroups;
  const rest = groups?.find(({ codes }) => codes.length === 0);
  useCommands(
    mayWrite ? [{ id: 'add-group', label: 'Add a group', group: 'Act', keys: 'n', run: () => setEditing('new') }] : [],
  );
  const columns = useMemo<Column<ServiceGroup>[]>(
    () =>
      mayWrite
        ? [
            NAME,
            {
              id: 'actions',
              header: 'Actions',
              cell: (group) => (
                <span className={classes.actions}>
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`Change ${group.name}`}
                    onClick={() => setEditing(group)}
                  >
                    Change
                  </Button>
                  {group.codes.length > 0 ? (
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="gray"
                      aria-label={`Remove ${group.name}`}
                      onClick={() => setRemoving(group)}
                    >
                      Remove
                    </Button>
                  ) : null}
                </span>
              ),
            },
          ]
        : [NAME],
    [mayWrite],
  );

  return (
    <Page
      title="Service groups"
      lead="Which procedure codes are watched together"
      actions={
        mayWrite && groups && groups.length > 0 ? (
          <Button leftSection={<IconPlus size={17} />} onClick={() => setEditing('new')}>
            Add a group
          </Button>
        ) : undefined
      }
    >
      <SettingsTabs />
      <Regrouping />
      {groups ? (
        groups.length > 0 ? (
          <>
            <p className={classes.rule}>
              A claim belongs to the group of its first line’s code. A code belongs to the narrowest range it lies in;
              what lies in none belongs to {rest?.name}. A change counts for claims of the past as well.
            </p>
            <DataTable caption="Service groups" columns={columns} rows={groups} rowKey={({ id }) => id} />
          </>
        ) : (
          <Notice
            icon={<IconStack2 size={32} />}
            title="No groups yet"
            action={<LinkButton to="/uploads">Upload claims</LinkButton>}
          >
            With the first claims come some thirty groups of codes, which you can change here.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the service groups"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={420} radius={10} />
      )}
      <Edits edits={data?.serviceGroupEdits ?? []} />
      {mayWrite ? null : (
        <p className={classes.reads}>Your role reads the groups; owners and administrators change them.</p>
      )}
      {editing ? <GroupDialog group={editing === 'new' ? null : editing} onClose={() => setEditing(null)} /> : null}
      {removing ? <RemoveDialog group={removing} onClose={() => setRemoving(null)} /> : null}
    </Page>
  );
}

/** What was changed and by whom, each with a way back to how it was before. */
function Edits({ edits }: { edits: readonly Edit[] }) {
  const mayWrite = usePermission('PAYERS_WRITE');
  const { restore } = useGroupActions();
  const [busy, setBusy] = useState('');
  if (edits.length === 0) return null;
  const goBack = async (id: string) => {
    setBusy(id);
    await restore(id);
    setBusy('');
  };
  return (
    <div className={classes.edits}>
      <Card title="Changes" note="Going back before one undoes those after it as well">
        <ul className={classes.list}>
          {edits.map(({ id, summary, createdAt, editedBy }) => (
            <li key={id}>
              <span>
                {summary}
                <span className={classes.when}>
                  {formatMoment(createdAt)}
                  {editedBy ? ` · ${editedBy.name}` : ''}
                </span>
              </span>
              {mayWrite ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  loading={busy === id}
                  aria-label={`Go back before: ${summary}`}
                  onClick={() => void goBack(id)}
                >
                  Go back
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      </Card>
    </div>
  );
}
