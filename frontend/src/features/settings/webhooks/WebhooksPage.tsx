import { Button, Group, Skeleton } from '@mantine/core';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { explain } from '@/graphql/failure';
import { formatDate, formatRelative } from '@/lib/format';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Pager } from '@/ui/table/Pager';
import classes from '../list.module.css';
import { SettingsTabs } from '../SettingsTabs';
import { AskDialog, type Asked } from './AskDialog';
import { CreateWebhookDialog } from './CreateWebhookDialog';
import { WebhooksQuery } from './documents';
import type { Webhook } from './useWebhookActions';

const route = getRouteApi('/settings/webhooks');
const PAGE_SIZE = 50;

const lastUse = ({ lastUsedAt }: Webhook): string => (lastUsedAt ? formatRelative(lastUsedAt) : 'Never');
const state = ({ revokedAt, rotatedAt, createdAt }: Webhook): string =>
  revokedAt
    ? `Revoked on ${formatDate(revokedAt.slice(0, 10))}`
    : `Secret of ${formatDate((rotatedAt ?? createdAt).slice(0, 10))}`;

const COLUMNS: Column<Webhook>[] = [
  {
    id: 'name',
    header: 'Webhook',
    wrap: true,
    cell: (webhook) => (
      <>
        <span className={classes.name}>{webhook.name}</span>
        <span className={classes.detail}>{webhook.path}</span>
        <span className={classes.about}>last message: {lastUse(webhook).toLowerCase()}</span>
      </>
    ),
  },
  { id: 'used', header: 'Last message', wideOnly: true, cell: lastUse },
  { id: 'by', header: 'Created by', wideOnly: true, cell: ({ createdBy }) => createdBy?.name ?? '–' },
  {
    id: 'state',
    header: 'State',
    wrap: true,
    cell: (webhook) => <span className={webhook.revokedAt ? classes.over : undefined}>{state(webhook)}</span>,
  },
];

export function WebhooksPage() {
  const search = route.useSearch();
  const [creating, setCreating] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [{ data, error }, ask] = useQuery({
    query: WebhooksQuery,
    variables: { first: PAGE_SIZE, after: search.after ?? null },
  });
  const page = data?.webhooks;
  useCommands([
    { id: 'create-webhook', label: 'Create a webhook', group: 'Act', keys: 'n', run: () => setCreating(true) },
  ]);
  const columns = useMemo<Column<Webhook>[]>(
    () => [
      ...COLUMNS,
      {
        id: 'actions',
        header: 'Actions',
        wrap: true,
        cell: (webhook) =>
          webhook.revokedAt ? null : (
            <Group gap="xs">
              {(['rotate', 'revoke'] as const).map((what) => (
                <Button
                  key={what}
                  size="compact-sm"
                  variant="default"
                  aria-label={`${what === 'rotate' ? 'Rotate' : 'Revoke'} ${webhook.name}`}
                  onClick={() => setAsked({ webhook, what })}
                >
                  {what === 'rotate' ? 'Rotate' : 'Revoke'}
                </Button>
              ))}
            </Group>
          ),
      },
    ],
    [],
  );
  const create = (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setCreating(true)}>
      Create a webhook
    </Button>
  );

  return (
    <Page
      title="Webhooks"
      lead="Where your health record system sends claims and answers to as they happen"
      actions={page && page.items.length > 0 ? create : undefined}
    >
      <SettingsTabs />
      {page ? (
        page.items.length > 0 ? (
          <>
            <DataTable caption="Webhooks" columns={columns} rows={page.items} rowKey={({ id }) => id} />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="webhook"
            />
          </>
        ) : (
          <Notice icon={<IconWebhook size={32} />} title="No webhooks yet" action={create}>
            A webhook is an address that one of your systems sends FHIR to, signed with a secret of its own. Whoever
            sets the system up finds everything at /api/v1/docs/.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the webhooks"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
      {creating ? <CreateWebhookDialog onClose={() => setCreating(false)} /> : null}
      {asked ? <AskDialog {...asked} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}
