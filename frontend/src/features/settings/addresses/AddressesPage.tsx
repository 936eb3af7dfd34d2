import { Button, Group, Skeleton } from '@mantine/core';
import { IconBellRinging, IconPlus } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Pager } from '@/ui/table/Pager';
import classes from '../list.module.css';
import { SettingsTabs } from '../SettingsTabs';
import { AddDialog } from './AddDialog';
import { AskDialog, type Asked } from './AskDialog';
import { Deliveries } from './Deliveries';
import { AlertWebhooksQuery } from './documents';
import { type Address, useAddressActions } from './useAddressActions';
import { lastToldWords, secretWords, stateWords } from './words';

const route = getRouteApi('/settings/addresses');
const PAGE_SIZE = 25;

const COLUMNS: Column<Address>[] = [
  {
    id: 'name',
    header: 'Address',
    wrap: true,
    cell: (address) => (
      <>
        <span className={classes.name}>{address.name}</span>
        <span className={classes.detail}>{address.url}</span>
        <span className={classes.about}>last told: {lastToldWords(address).toLowerCase()}</span>
      </>
    ),
  },
  { id: 'told', header: 'Last told', wideOnly: true, cell: lastToldWords },
  { id: 'secret', header: 'Secret of', wideOnly: true, cell: secretWords },
  { id: 'by', header: 'Added by', wideOnly: true, cell: ({ createdBy }) => createdBy?.name ?? '–' },
  {
    id: 'state',
    header: 'State',
    wrap: true,
    cell: (address) => (
      <span className={address.removedAt ? classes.over : address.failingSince ? classes.wrong : undefined}>
        {stateWords(address)}
      </span>
    ),
  },
];

/** Where new alerts are told to other systems, and what came of it. */
export function AddressesPage() {
  const { of, after, page: number } = route.useSearch();
  const navigate = useNavigate();
  const { test } = useAddressActions();
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [{ data, error }, ask] = useQuery({
    query: AlertWebhooksQuery,
    variables: { first: PAGE_SIZE, after: after ?? null },
  });
  const page = data?.alertWebhooks;
  const shown = page?.items.find(({ id }) => id === of);
  const askAgain = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask]);
  useCommands([
    { id: 'add-address', label: 'Add an alert address', group: 'Act', keys: 'n', run: () => setAdding(true) },
  ]);
  const show = ({ id }: Address) =>
    void navigate({ to: '.', search: (search) => ({ ...search, of: id }), resetScroll: false });
  const sendTest = async (address: Address) => {
    const problem = await test(address);
    if (problem) sayProblem(problem);
    else show(address);
  };
  const columns: Column<Address>[] = [
    ...COLUMNS,
    {
      id: 'actions',
      header: 'Actions',
      wrap: true,
      cell: (address) => {
        const acts: [string, () => void][] = [['Messages', () => show(address)]];
        if (!address.removedAt)
          acts.push(
            ['Send a test', () => void sendTest(address)],
            ['Rotate', () => setAsked({ address, what: 'rotate' })],
            ['Remove', () => setAsked({ address, what: 'remove' })],
          );
        return (
          <Group gap="xs">
            {acts.map(([label, act]) => (
              <Button
                key={label}
                size="compact-sm"
                variant="default"
                aria-label={`${label}: ${address.name}`}
                onClick={act}
              >
                {label}
              </Button>
            ))}
          </Group>
        );
      },
    },
  ];
  const add = (
    <Button leftSection={<IconPlus size={17} />} onClick={() => setAdding(true)}>
      Add an address
    </Button>
  );

  return (
    <Page
      title="Alert addresses"
      lead="Which of your systems are told of new alerts as they open"
      actions={page && page.items.length > 0 ? add : undefined}
    >
      <SettingsTabs />
      {page ? (
        page.items.length > 0 ? (
          <>
            <DataTable caption="Alert addresses" columns={columns} rows={page.items} rowKey={({ id }) => id} />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={number ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={after}
              noun="address"
              nouns="addresses"
            />
            {shown ? <Deliveries key={shown.id} address={shown} onSettled={askAgain} /> : null}
          </>
        ) : (
          <Notice icon={<IconBellRinging size={32} />} title="No addresses yet" action={add}>
            An address of a chat, a task list or a system of your own gets a message when an alert opens: JSON with its
            headline, its kind and a link, and nothing of patients or claims. Each is signed: the header
            X-Upstream-Signature holds a time t and v1, the HMAC-SHA256 of t, a dot and the body, keyed with the secret
            that is told when the address is added. Messages that are not taken are sent again for half a day.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice what="the alert addresses" failure={explain(error)} onRetry={askAgain} />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
      {adding ? <AddDialog onClose={() => setAdding(false)} /> : null}
      {asked ? <AskDialog {...asked} onClose={() => setAsked(null)} /> : null}
    </Page>
  );
}
