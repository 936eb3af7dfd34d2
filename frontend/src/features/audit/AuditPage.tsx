import { Button, Skeleton } from '@mantine/core';
import { IconFileSpreadsheet, IconListSearch } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useExports } from '@/app/exports/useExports';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Pager } from '@/ui/table/Pager';
import { AuditFilters } from './AuditFilters';
import { AuditTable } from './AuditTable';
import classes from './audit.module.css';
import { ChainCard } from './ChainCard';
import { AuditEventsQuery } from './documents';
import { auditFilter, isFiltered, PAGE_SIZE } from './filters';
import { RecordChanges } from './RecordChanges';

const route = getRouteApi('/audit');

export function AuditPage() {
  const search = route.useSearch();
  const [{ data, error, stale }, ask] = useQuery({
    query: AuditEventsQuery,
    variables: { filter: auditFilter(search), first: PAGE_SIZE, after: search.after ?? null },
    requestPolicy: 'cache-and-network',
  });
  const page = data?.auditEvents;
  const mayExport = usePermission('EXPORTS_WRITE');
  const { create } = useExports();
  return (
    <Page
      title="Audit"
      lead="Who did what, and when; nobody can change or remove it unseen"
      actions={
        mayExport ? (
          <Button
            variant="default"
            leftSection={<IconFileSpreadsheet size={17} />}
            onClick={() => void create({ kind: 'AUDIT_XLSX', auditFilter: auditFilter(search), includePhi: false })}
          >
            Export
          </Button>
        ) : undefined
      }
    >
      <AuditFilters search={search} />
      {search.type && search.id && page ? <RecordChanges type={search.type} id={search.id} /> : null}
      {page ? (
        page.items.length > 0 ? (
          <>
            <AuditTable events={page.items} busy={stale} />
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
          <Notice
            icon={<IconListSearch size={32} />}
            title={isFiltered(search) ? 'Nothing of this kind was recorded' : 'Nothing was recorded yet'}
            action={
              isFiltered(search) ? (
                <LinkButton to="/audit" variant="default">
                  Show everything
                </LinkButton>
              ) : undefined
            }
          />
        )
      ) : error ? (
        <ErrorNotice
          what="the audit trail"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={420} radius={10} />
      )}
      {/* Below a list whose length is known, lest it move when that comes. */}
      {page || error ? (
        <div className={classes.chain}>
          <ChainCard />
        </div>
      ) : null}
    </Page>
  );
}
