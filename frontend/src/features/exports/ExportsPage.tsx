import { Button, Skeleton } from '@mantine/core';
import { IconFileDownload, IconFileSpreadsheet } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { ExportsQuery } from '@/app/exports/documents';
import { ExportLine } from '@/app/exports/ExportLine';
import { isActive } from '@/app/exports/status';
import { useExports } from '@/app/exports/useExports';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { useRenewal } from '@/graphql/useRenewal';
import { usePolling } from '@/lib/usePolling';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Pager } from '@/ui/table/Pager';
import classes from './exports.module.css';

const route = getRouteApi('/exports');
const PAGE_SIZE = 25;

export function ExportsPage() {
  const search = route.useSearch();
  const mayExport = usePermission('EXPORTS_WRITE');
  const seesAlerts = usePermission('ALERTS_READ');
  const { create } = useExports();
  const variables = { first: PAGE_SIZE, after: search.after ?? null };
  const [{ data, error }, ask] = useQuery({
    query: ExportsQuery,
    variables,
  });
  const renew = useRenewal(ExportsQuery, variables, ask);
  const page = data?.exports;
  const busy = page?.items.some(({ job }) => isActive(job.state)) ?? false;
  usePolling(busy, renew);

  return (
    <Page
      title="Exports"
      lead="PDFs and workbooks, kept until they expire; each link asks again whether you may have it"
      actions={
        mayExport && seesAlerts ? (
          <Button
            variant="default"
            leftSection={<IconFileSpreadsheet size={17} />}
            onClick={() => void create({ kind: 'ALERTS_XLSX', alertFilter: {}, includePhi: false })}
          >
            Workbook of all alerts
          </Button>
        ) : undefined
      }
    >
      {page ? (
        page.items.length > 0 ? (
          <>
            <ul className={classes.list} aria-label="Exports">
              {page.items.map((item) => (
                <li key={item.id}>
                  <ExportLine data={item} />
                </li>
              ))}
            </ul>
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="export"
            />
          </>
        ) : (
          <Notice icon={<IconFileDownload size={32} />} title="Nothing exported yet">
            {seesAlerts
              ? 'An alert’s page makes a PDF for the director and a workbook of its claims; the claims list exports exactly what it shows.'
              : 'The audit page exports exactly the events it shows.'}
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the exports"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
    </Page>
  );
}
