import { Alert, Button, Group, Skeleton } from '@mantine/core';
import { IconChevronLeft, IconMapQuestion, IconRefresh } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { AuditLink } from '@/app/shell/AuditLink';
import { say, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { useRenewal } from '@/graphql/useRenewal';
import { UPLOAD_KIND_LABEL } from '@/graphql/words';
import { formatBytes, formatCount, formatMoment, formatMoney } from '@/lib/format';
import { usePolling } from '@/lib/usePolling';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import { LinkButton } from '@/ui/LinkButton';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Acknowledged } from './Acknowledged';
import { ArchiveFiles } from './ArchiveFiles';
import { RetryUpload, UploadQuery } from './documents';
import { Findings } from './Findings';
import { JobStatus } from './JobStatus';
import { bringsAnswers, bringsClaims } from './kinds';
import { Quality } from './Quality';
import { RejectedRows } from './RejectedRows';
import { TakeBackDialog, TakenBack } from './TakeBack';
import classes from './uploads.module.css';

const route = getRouteApi('/uploads/$uploadId');

export type Upload = NonNullable<ResultOf<typeof UploadQuery>['upload']>;

export function UploadPage() {
  const { uploadId } = route.useParams();
  const variables = { id: uploadId };
  const [{ data, error }, ask] = useQuery({ query: UploadQuery, variables });
  const renew = useRenewal(UploadQuery, variables, ask);
  const upload = data?.upload;
  usePolling(upload != null && (busy(upload.job) || (upload.undoJob != null && busy(upload.undoJob))), renew);
  const back = (
    <Link to="/uploads" className={backLinkClass}>
      <IconChevronLeft size={15} aria-hidden="true" /> Uploads
    </Link>
  );
  if (upload) return <UploadRecord upload={upload} back={back} />;
  return (
    <Page title={data && !error ? 'Upload not found' : 'Upload'} back={back}>
      {error ? (
        <ErrorNotice
          what="this upload"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : data ? (
        <Notice icon={<IconMapQuestion size={32} />} title="This upload does not exist" />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
    </Page>
  );
}

const busy = (job: { state: Upload['job']['state'] }) => job.state === 'QUEUED' || job.state === 'RUNNING';

function UploadRecord({ upload, back }: { upload: Upload; back: React.ReactNode }) {
  const { job, duplicateOf } = upload;
  const seesQuarantine = usePermission('QUARANTINE_READ');
  const mayUpload = usePermission('UPLOADS_WRITE');
  const [asking, setAsking] = useState(false);
  const undoable = mayUpload && !busy(job) && !duplicateOf && !upload.undoneAt && !upload.undoJob;
  const read = job.state === 'SUCCEEDED' && !duplicateOf && upload.kind !== 'ARCHIVE';
  return (
    <Page
      title={upload.fileName}
      back={back}
      lead={`${UPLOAD_KIND_LABEL[upload.kind]} · ${formatBytes(upload.sizeBytes)} · ${formatMoment(upload.createdAt)}${upload.uploadedBy ? ` · ${upload.uploadedBy.name}` : ''}`}
      actions={
        <>
          {read && bringsClaims(upload.kind) && !upload.undoneAt ? (
            <LinkButton to="/claims" search={{ upload: upload.id }} variant="default">
              Open its claims
            </LinkButton>
          ) : null}
          {undoable ? (
            <Button variant="default" onClick={() => setAsking(true)}>
              Take back
            </Button>
          ) : null}
          <AuditLink type="upload" id={upload.id} />
        </>
      }
    >
      {asking ? <TakeBackDialog upload={upload} onClose={() => setAsking(false)} /> : null}
      <div className={classes.stack}>
        <TakenBack upload={upload} />
        {upload.container ? (
          <p className={classes.origin}>
            From the archive{' '}
            <Link to="/uploads/$uploadId" params={{ uploadId: upload.container.id }}>
              {upload.container.fileName}
            </Link>
          </p>
        ) : null}
        {read && upload.sourceMappingId ? (
          <p className={classes.origin}>
            Read with one of the <Link to="/uploads/mappings">remembered mappings</Link>
          </p>
        ) : null}
        {duplicateOf ? (
          <Alert color="gray" title="This very file was uploaded before">
            Nothing was changed by sending it again. It is the same, byte for byte, as{' '}
            <Link to="/uploads/$uploadId" params={{ uploadId: duplicateOf.id }}>
              {duplicateOf.fileName}
            </Link>{' '}
            of {formatMoment(duplicateOf.createdAt)}.
          </Alert>
        ) : null}
        {job.state === 'SUCCEEDED' ? null : <JobCard upload={upload} />}
        {upload.kind === 'ARCHIVE' && !duplicateOf ? <ArchiveFiles uploadId={upload.id} growing={busy(job)} /> : null}
        {read ? <Outcome upload={upload} /> : null}
        {read ? <Quality data={upload} /> : null}
        <Acknowledged data={upload} />
        <Findings data={upload} />
        {upload.rowsQuarantined > 0 && !upload.undoneAt ? (
          seesQuarantine ? (
            <RejectedRows upload={upload} />
          ) : (
            <Card title="Rejected rows">
              {formatCount(upload.rowsOpen)} rows are set aside. Your role does not show them; an owner, administrator
              or member of the care team can.
            </Card>
          )
        ) : null}
      </div>
    </Page>
  );
}

function Outcome({ upload }: { upload: Upload }) {
  return (
    <Card title={upload.undoneAt ? 'What it had brought' : 'What it brought'} aside={<MapColumns upload={upload} />}>
      <Facts
        facts={
          bringsAnswers(upload.kind)
            ? [
                ['Answers read', formatCount(upload.rowsRead)],
                ['Rejected', rejected(upload)],
              ]
            : [
                ['Rows read', formatCount(upload.rowsRead)],
                ['Service lines', formatCount(upload.linesRead)],
                ['New claims', formatCount(upload.claimsCreated)],
                ['Updated', formatCount(upload.claimsUpdated)],
                ['Unchanged', formatCount(upload.claimsUnchanged)],
                ['Rows rejected', rejected(upload)],
                ['Billed in the file', formatMoney(upload.billedTotal)],
                ['Paid in the file', formatMoney(upload.paidTotal)],
              ]
        }
      />
    </Card>
  );
}

/** How many still are, and what became of the others. */
function rejected({ rowsOpen, rowsMended, rowsDismissed }: Upload) {
  const settled = [
    rowsMended > 0 ? `${formatCount(rowsMended)} mended` : '',
    rowsDismissed > 0 ? `${formatCount(rowsDismissed)} not a claim` : '',
  ].filter(Boolean);
  return formatCount(rowsOpen) + (settled.length > 0 ? ` (${settled.join(', ')})` : '');
}

/** Tables of which no claim came, or not every row: another reading of their columns may help. */
function MapColumns({ upload }: { upload: Upload }) {
  const mayMap = [usePermission('UPLOADS_WRITE'), usePermission('PHI_READ')].every(Boolean);
  if (!mayMap || upload.kind !== 'CLAIMS_CSV' || upload.duplicateOf || busy(upload.job)) return null;
  return (
    <LinkButton
      to="/uploads/$uploadId/columns"
      params={{ uploadId: upload.id }}
      size="compact-sm"
      variant={upload.job.state === 'FAILED' ? 'filled' : 'default'}
    >
      Map its columns
    </LinkButton>
  );
}

function JobCard({ upload }: { upload: Upload }) {
  const client = useClient();
  const mayUpload = usePermission('UPLOADS_WRITE');
  const failed = upload.job.state === 'FAILED' || upload.job.state === 'CANCELLED';
  const retry = async () => {
    const answer = await client.mutation(RetryUpload, { id: upload.id });
    const problem = answer.error ? explain(answer.error).message : answer.data?.retryUpload?.errors[0]?.message;
    if (problem) sayProblem(problem);
    else say('The file is being read again.');
  };
  return (
    <Card
      title={failed ? 'This file could not be read' : 'Being read'}
      aside={
        failed && mayUpload ? (
          <Group gap="xs">
            <MapColumns upload={upload} />
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconRefresh size={15} />}
              onClick={() => void retry()}
            >
              Try again
            </Button>
          </Group>
        ) : undefined
      }
    >
      <JobStatus data={upload.job} />
    </Card>
  );
}
