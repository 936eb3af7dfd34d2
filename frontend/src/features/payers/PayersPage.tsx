import { CloseButton, Group, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconBuildingBank, IconSearch } from '@tabler/icons-react';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import type { PayersSearch } from '@/app/urls';
import { explain } from '@/graphql/failure';
import { graphql, type ResultOf } from '@/graphql/tada';
import { formatCount, formatDays, formatShare, NOTHING, plural } from '@/lib/format';
import { Sparkline } from '@/ui/chart/Sparkline';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Pager } from '@/ui/table/Pager';
import classes from './payers.module.css';
import { Suggestions } from './Suggestions';

const route = getRouteApi('/payers');
const PAGE_SIZE = 50;

const PayersQuery = graphql(`
  query Payers($filter: PayerFilter, $orderBy: PayerOrder, $first: Int!, $after: String) {
    payers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      items {
        id
        name
        openAlerts
        summary {
          claims
          decided
          denialRate
          pending
          medianDaysToPayment
          weekly {
            week
            denialRate
          }
        }
      }
    }
  }
`);

type Payer = NonNullable<ResultOf<typeof PayersQuery>['payers']>['items'][number];

const COLUMNS: Column<Payer>[] = [
  {
    id: 'name',
    header: 'Payer',
    wrap: true,
    cell: ({ id, name }) => (
      <Link to="/payers/$payerId" params={{ payerId: id }}>
        {name}
      </Link>
    ),
  },
  {
    id: 'alerts',
    header: 'Open alerts',
    cell: ({ id, openAlerts }) =>
      openAlerts === null ? (
        NOTHING
      ) : openAlerts > 0 ? (
        <Link to="/inbox" search={{ payer: id }} className={classes.changed}>
          {plural(openAlerts, 'alert')}
        </Link>
      ) : (
        <span className={classes.quiet}>quiet</span>
      ),
  },
  { id: 'rate', header: 'Denied', numeric: true, cell: ({ summary }) => formatShare(summary.denialRate) },
  {
    id: 'trend',
    header: 'By week',
    wideOnly: true,
    cell: ({ summary }) => (
      <span className={classes.trend}>
        <Sparkline values={summary.weekly.map(({ denialRate }) => denialRate)} width={96} height={20} />
      </span>
    ),
  },
  {
    id: 'days',
    header: 'Median to payment',
    numeric: true,
    wideOnly: true,
    cell: ({ summary }) => formatDays(summary.medianDaysToPayment),
  },
  { id: 'claims', header: 'Claims', numeric: true, cell: ({ summary }) => formatCount(summary.claims) },
  {
    id: 'decided',
    header: 'Decided',
    numeric: true,
    wideOnly: true,
    cell: ({ summary }) => formatCount(summary.decided),
  },
  {
    id: 'pending',
    header: 'Pending',
    numeric: true,
    wideOnly: true,
    cell: ({ summary }) => formatCount(summary.pending),
  },
];

export function PayersPage() {
  const search = route.useSearch();
  const [{ data, error, stale }, ask] = useQuery({
    query: PayersQuery,
    variables: {
      filter: search.q ? { search: search.q } : {},
      orderBy: search.order ?? 'NAME',
      first: PAGE_SIZE,
      after: search.after ?? null,
    },
  });
  const page = data?.payers;
  return (
    <Page title="Payers" lead="Figures over the last 90 days of data" actions={<PayersFilter search={search} />}>
      <Suggestions />
      {page ? (
        page.items.length > 0 ? (
          <>
            <DataTable caption="Payers" columns={COLUMNS} rows={page.items} rowKey={({ id }) => id} busy={stale} />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="payer"
            />
          </>
        ) : (
          <Notice
            icon={<IconBuildingBank size={32} />}
            title={search.q ? 'No payer has that name' : 'No payers yet'}
            action={
              search.q ? (
                <LinkButton to="/payers" variant="default">
                  Clear the search
                </LinkButton>
              ) : (
                <LinkButton to="/uploads">Upload claims</LinkButton>
              )
            }
          >
            {search.q ? 'Names and aliases were searched.' : 'Payers appear with the first claims that name them.'}
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the payers"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={420} radius={10} />
      )}
    </Page>
  );
}

function PayersFilter({ search }: { search: PayersSearch }) {
  const navigate = useNavigate();
  const [text, setText] = useState(search.q ?? '');
  const narrow = (change: Partial<PayersSearch>) =>
    void navigate({
      to: '/payers',
      search: { ...search, after: undefined, page: undefined, ...change },
      replace: true,
    });
  const settle = useDebouncedCallback((q: string) => narrow({ q: q.trim() || undefined }), 300);
  useEffect(() => setText(search.q ?? ''), [search.q]);
  const type = (next: string) => {
    setText(next);
    settle(next);
  };
  return (
    <Group gap="xs">
      <TextInput
        aria-label="Search payers"
        placeholder="Search payers"
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        rightSection={text ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => type('')} /> : null}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <NativeSelect
        aria-label="Order"
        value={search.order ?? ''}
        onChange={(event) => narrow({ order: (event.currentTarget.value || undefined) as PayersSearch['order'] })}
        data={[
          { value: '', label: 'By name' },
          { value: 'CLAIMS_DESC', label: 'Most claims first' },
          { value: 'DENIAL_RATE_DESC', label: 'Highest denial rate first' },
        ]}
      />
    </Group>
  );
}
