import { Button, Skeleton } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { explain } from '@/graphql/failure';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Pager } from '@/ui/table/Pager';
import classes from '../list.module.css';
import { SettingsTabs } from '../SettingsTabs';
import { CreateKeyDialog } from './CreateKeyDialog';
import { ServiceKeysQuery } from './documents';
import { RevokeDialog } from './RevokeDialog';
import type { ServiceKey } from './useKeyActions';
import { counts, lastUseWords, SCOPE_LABEL, stateWords } from './words';

const route = getRouteApi('/settings/keys');
const PAGE_SIZE = 50;

const may = ({ scopes }: ServiceKey): string => scopes.map((scope) => SCOPE_LABEL[scope]).join(', ');

const COLUMNS: Column<ServiceKey>[] = [
  {
    id: 'name',
    header: 'Key',
    wrap: true,
    cell: (key) => (
      <>
        <span className={classes.name}>{key.name}</span>
        <span className={classes.detail}>{key.prefix}…</span>
        <span className={classes.about}>
          {may(key)} · last used: {lastUseWords(key).toLowerCase()}
        </span>
      </>
    ),
  },
  { id: 'scopes', header: 'May', wrap: true, wideOnly: true, cell: may },
  { id: 'used', header: 'Last used', wideOnly: true, cell: lastUseWords },
  { id: 'by', header: 'Created by', wideOnly: true, cell: ({ createdBy }) => createdBy?.name ?? '–' },
  {
    id: 'state',
    header: 'Counts',
    wrap: true,
    cell: (key) => <span className={counts(key) ? undefined : classes.over}>{stateWords(key)}</span>,
  },
];

export function KeysPage() {
  const search = route.useSearch();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ServiceKey | null>(null);
  const [{ data, error }, ask] = useQuery({
    query: ServiceKeysQuery,
    variables: { first: PAGE_SIZE, after: search.after ?? null },
  });
  const page = data?.serviceKeys;
  useCommands([
    { id: 'create-key', label: 'Create a service key', group: 'Act', keys: 'n', run: () => setCreating(true) },
  ]);
  const columns = useMemo<Column<ServiceKey>[]>(
    () => [
      ...COLUMNS,
      {
        id: 'actions',
        header: 'Actions',
        cell: (key) =>
          counts(key) ? (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Revoke ${key.name}, ${key.prefix}`}
              onClick={() => setRevoking(key)}
            >
              Revoke
            </Button>
          ) : null,
      },
    ],
    [],
  );
  const create = (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setCreating(true)}>
      Create a key
    </Button>
  );

  return (
    <Page
      title="Service keys"
      lead="How your practice system or clearinghouse hands files in by itself"
      actions={page && page.items.length > 0 ? create : undefined}
    >
      <SettingsTabs />
      {page ? (
        page.items.length > 0 ? (
          <>
            <DataTable caption="Service keys" columns={columns} rows={page.items} rowKey={({ id }) => id} />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="key"
            />
          </>
        ) : (
          <Notice icon={<IconKey size={32} />} title="No keys yet" action={create}>
            A key lets one of your systems hand files in and follow them, without a person and without seeing patients.
            It ends with its day at the latest. Whoever sets the system up finds everything at /api/v1/docs/.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the service keys"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
      {creating ? <CreateKeyDialog onClose={() => setCreating(false)} /> : null}
      {revoking ? <RevokeDialog serviceKey={revoking} onClose={() => setRevoking(null)} /> : null}
    </Page>
  );
}
