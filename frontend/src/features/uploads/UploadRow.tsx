import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { UploadRowFragment } from '@/app/uploads/documents';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { UPLOAD_KIND_LABEL } from '@/graphql/words';
import { formatBytes, formatCount, formatMoment } from '@/lib/format';
import { JobStatus } from './JobStatus';
import { bringsAnswers } from './kinds';
import classes from './uploads.module.css';

export function UploadRow({
  data,
  inArchive,
}: {
  data: FragmentOf<typeof UploadRowFragment>;
  /** Shown among the files of its archive, which need not be named again. */
  inArchive?: boolean;
}) {
  const upload = readFragment(UploadRowFragment, data);
  const done = upload.job.state === 'SUCCEEDED' && !upload.duplicateOf && !upload.undoneAt && upload.kind !== 'ARCHIVE';
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <Link to="/uploads/$uploadId" params={{ uploadId: upload.id }} className={classes.name}>
          {upload.fileName}
        </Link>
        <span className={classes.meta}>
          {UPLOAD_KIND_LABEL[upload.kind]} · {formatBytes(upload.sizeBytes)} · {formatMoment(upload.createdAt)}
          {upload.uploadedBy ? ` · ${upload.uploadedBy.name}` : ''}
          {upload.container && !inArchive ? ` · from ${upload.container.fileName}` : ''}
        </span>
      </div>
      {done ? (
        <dl className={classes.counts}>
          {bringsAnswers(upload.kind) ? (
            <Count label="answers" value={upload.rowsRead} />
          ) : (
            <>
              <Count label="new" value={upload.claimsCreated} />
              <Count label="updated" value={upload.claimsUpdated} />
            </>
          )}
          <Count label="rejected" value={upload.rowsOpen} urgent={upload.rowsOpen > 0} />
        </dl>
      ) : null}
      <div className={classes.state}>
        {upload.undoneAt ? (
          <Badge size="sm" variant="light" color="gray">
            Taken back
          </Badge>
        ) : upload.duplicateOf ? (
          <Badge size="sm" variant="light" color="gray">
            Uploaded before
          </Badge>
        ) : (
          <JobStatus data={upload.job} />
        )}
      </div>
    </li>
  );
}

function Count({ label, value, urgent }: { label: string; value: number; urgent?: boolean }) {
  return (
    <div>
      <dd data-urgent={urgent || undefined}>{formatCount(value)}</dd>
      <dt>{label}</dt>
    </div>
  );
}
