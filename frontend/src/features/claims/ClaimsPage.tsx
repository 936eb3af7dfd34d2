import { Skeleton } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { graphql } from '@/graphql/tada';
import { plural } from '@/lib/format';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { DataTable } from '@/ui/table/DataTable';
import { Pager } from '@/ui/table/Pager';
import { ClaimFilters } from './ClaimFilters';
import { ClaimsTools } from './ClaimsTools';
import { CLAIM_COLUMNS, ClaimRowFragment, visibleColumns } from './columns';
import { claimFilter, isFiltered, PAGE_SIZE } from './filters';

const route = getRouteApi('/claims');

const ClaimsQuery = graphql(
  `
    query Claims($filter: ClaimFilter, $orderBy: ClaimOrder, $first: Int!, $after: String) {
      claims(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        items {
          id
          ...ClaimRow
        }
      }
    }
  `,
  [ClaimRowFragment],
);

const fitting = (count: number): string => (count === 1 ? ' fits these filters' : ' fit these filters');

export function ClaimsPage() {
  const search = route.useSearch();
  const [{ data, error, stale }, ask] = useQuery({
    query: ClaimsQuery,
    variables: {
      filter: claimFilter(search),
      orderBy: search.order ?? 'SUBMITTED_DESC',
      first: PAGE_SIZE,
      after: search.after ?? null,
    },
  });
  const visible = useMemo(() => visibleColumns(search.columns), [search.columns]);
  const page = data?.claims;

  return (
    <Page
      title="Claims"
      lead={page ? `${plural(page.totalCount, 'claim')}${isFiltered(search) ? fitting(page.totalCount) : ''}` : null}
      actions={<ClaimsTools search={search} visible={visible} />}
    >
      <ClaimFilters search={search} />
      {page ? (
        page.items.length > 0 ? (
          <>
            <DataTable
              caption="Claims"
              columns={CLAIM_COLUMNS}
              rows={page.items}
              rowKey={({ id }) => id}
              visible={visible}
              busy={stale}
            />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="claim"
            />
          </>
        ) : isFiltered(search) ? (
          <Notice
            icon={<IconFilterOff size={32} />}
            title="No claim fits these filters"
            action={
              <LinkButton to="/claims" variant="default">
                Clear filters
              </LinkButton>
            }
          />
        ) : (
          <Notice
            icon={<IconFilterOff size={32} />}
            title="No claims yet"
            action={<LinkButton to="/uploads">Upload claims</LinkButton>}
          >
            Upload a CSV from your practice management system, 835 and 837 files, or FHIR.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the claims"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={PAGE_SIZE * 39} radius={10} />
      )}
    </Page>
  );
}
