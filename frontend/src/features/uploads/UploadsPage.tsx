import { Skeleton } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { UploadsQuery } from '@/app/uploads/documents';
import { explain } from '@/graphql/failure';
import { useRenewal } from '@/graphql/useRenewal';
import { usePolling } from '@/lib/usePolling';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Pager } from '@/ui/table/Pager';
import { DropZone } from './DropZone';
import { SendingList } from './SendingList';
import { UploadRow } from './UploadRow';
import classes from './uploads.module.css';

const route = getRouteApi('/uploads');
const PAGE_SIZE = 25;

export function UploadsPage() {
  const search = route.useSearch();
  const mayUpload = usePermission('UPLOADS_WRITE');
  const variables = { first: PAGE_SIZE, after: search.after ?? null };
  const [{ data, error }, ask] = useQuery({
    query: UploadsQuery,
    variables,
  });
  const renew = useRenewal(UploadsQuery, variables, ask);
  const page = data?.uploads;
  const busy = page?.items.some(({ job }) => job.state === 'QUEUED' || job.state === 'RUNNING') ?? false;
  usePolling(busy, renew);

  return (
    <Page
      title="Uploads"
      lead="Claims and remittances, as files from the systems you already have"
      actions={
        <LinkButton to="/uploads/quality" variant="default">
          Data quality
        </LinkButton>
      }
    >
      {mayUpload ? (
        <>
          <DropZone />
          <SendingList />
        </>
      ) : null}
      {page ? (
        page.items.length > 0 ? (
          <>
            <ul className={classes.list} aria-label="Uploads">
              {page.items.map((item) => (
                <UploadRow key={item.id} data={item} />
              ))}
            </ul>
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="upload"
            />
          </>
        ) : (
          <Notice icon={<IconFileUpload size={32} />} title="Nothing uploaded yet">
            {mayUpload
              ? 'Drop a file above. A year of claims is a good start: Upstream learns what each payer usually does from it.'
              : 'Owners, administrators and the care team can upload claims and remittances.'}
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the uploads"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
    </Page>
  );
}
