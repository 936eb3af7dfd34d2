import { Skeleton } from '@mantine/core';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { useRenewal } from '@/graphql/useRenewal';
import { plural } from '@/lib/format';
import { usePolling } from '@/lib/usePolling';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Steps, useCursors } from '@/ui/table/Steps';
import { ArchiveFilesQuery } from './documents';
import { UploadRow } from './UploadRow';
import classes from './uploads.module.css';

const PAGE_SIZE = 50;

/** The files an archive brought, each an upload of its own; `growing` while it is being unpacked. */
export function ArchiveFiles({ uploadId, growing }: { uploadId: string; growing: boolean }) {
  const [cursors, setCursors] = useCursors();
  const variables = { id: uploadId, first: PAGE_SIZE, after: cursors.at(-1) ?? null };
  const [{ data, error }, ask] = useQuery({
    query: ArchiveFilesQuery,
    variables,
  });
  const renew = useRenewal(ArchiveFilesQuery, variables, ask);
  const page = data?.upload?.files;
  const reading = page?.items.some(({ job }) => job.state === 'QUEUED' || job.state === 'RUNNING') ?? false;
  usePolling(growing || reading, renew);
  if (!page) {
    return error ? (
      <ErrorNotice
        what="the files of this archive"
        failure={explain(error)}
        onRetry={() => ask({ requestPolicy: 'network-only' })}
      />
    ) : (
      <Skeleton height={200} radius={10} />
    );
  }
  return (
    <Card title="Files in it" note={plural(page.totalCount, 'file')}>
      <ul className={classes.list} aria-label="Files of the archive">
        {page.items.map((item) => (
          <UploadRow key={item.id} data={item} inArchive />
        ))}
      </ul>
      <Steps cursors={cursors} onStep={setCursors} info={page.pageInfo} />
    </Card>
  );
}
