import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useClient, useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { say, sayDone, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { download } from '@/lib/download';
import { formatCount, formatMoment, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Steps, useCursors } from '@/ui/table/Steps';
import { QuarantineLink, RowErrorsQuery } from './documents';
import { DismissRow, ReopenRow } from './mending/documents';
import { MendDialog } from './mending/MendDialog';
import classes from './mending/mending.module.css';
import type { Upload } from './UploadPage';

type RowError = NonNullable<NonNullable<ResultOf<typeof RowErrorsQuery>['upload']>['rowErrors']>['items'][number];
type RowState = NonNullable<VariablesOf<typeof RowErrorsQuery>['state']>;

const PAGE_SIZE = 50;

/** Rows set aside, where and why: mend them here, or download them, mend them there and upload the mended file. */
export function RejectedRows({ upload }: { upload: Upload }) {
  const client = useClient();
  const mayUpload = usePermission('UPLOADS_WRITE');
  const mayMend = [mayUpload, usePermission('PHI_READ')].every(Boolean) && upload.kind === 'CLAIMS_CSV';
  const [state, setState] = useState<RowState>('OPEN');
  const [mending, setMending] = useState<RowError | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const [cursors, setCursors] = useCursors();
  const [{ data, error }, ask] = useQuery({
    query: RowErrorsQuery,
    variables: { id: upload.id, state, first: PAGE_SIZE, after: cursors.at(-1) ?? null },
  });
  const page = data?.upload?.rowErrors;

  const fetchFile = async () => {
    const answer = await client.query(QuarantineLink, { id: upload.id }, { requestPolicy: 'network-only' });
    const url = answer.data?.upload?.quarantineUrl;
    if (url) download(url);
    else sayProblem(answer.error ? explain(answer.error).message : 'The rejected rows cannot be downloaded.');
  };
  const reopen = async (row: RowError) => {
    const answer = await client.mutation(ReopenRow, { id: row.id });
    const problem = answer.error ? explain(answer.error).message : answer.data?.reopenRow?.errors[0]?.message;
    if (problem) sayProblem(problem);
    else say(`Line ${formatCount(row.lineNumber)} is open again.`);
    list.current?.focus();
  };
  const dismiss = async (row: RowError) => {
    const answer = await client.mutation(DismissRow, { id: row.id });
    const problem = answer.error ? explain(answer.error).message : answer.data?.dismissRow?.errors[0]?.message;
    if (problem) sayProblem(problem);
    else sayDone(`Line ${formatCount(row.lineNumber)} was closed as not a claim.`, () => reopen(row));
    list.current?.focus();
  };
  const closeDialog = () => {
    setMending(null);
    // The row that had the focus may be gone from the list.
    list.current?.focus();
  };
  const columns: Column<RowError>[] = [
    { id: 'line', header: 'Line', numeric: true, cell: ({ lineNumber }) => lineNumber },
    { id: 'field', header: 'Field', wideOnly: true, cell: ({ field }) => field },
    { id: 'message', header: 'Why it was set aside', wrap: true, cell: (row) => <Reason row={row} /> },
  ];
  if (state === 'OPEN' && mayUpload) {
    columns.push({
      id: 'actions',
      header: 'What to do',
      cell: (row) => (
        <span className={classes.rowActions}>
          {mayMend ? (
            <Button
              size="compact-sm"
              variant="light"
              aria-label={`Mend line ${row.lineNumber}`}
              onClick={() => setMending(row)}
            >
              Mend
            </Button>
          ) : null}
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Line ${row.lineNumber} is not a claim`}
            onClick={() => void dismiss(row)}
          >
            Not a claim
          </Button>
        </span>
      ),
    });
  }
  if (state !== 'OPEN')
    columns.push({ id: 'settled', header: 'Closed', wrap: true, cell: (row) => <Settled row={row} /> });
  if (state === 'DISMISSED' && mayUpload) {
    columns.push({
      id: 'reopen',
      header: 'What to do',
      cell: (row) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Open again line ${row.lineNumber}`}
          onClick={() => void reopen(row)}
        >
          Open again
        </Button>
      ),
    });
  }

  return (
    <Card
      title="Rejected rows"
      note={`${plural(upload.rowsOpen, 'row')} set aside; nothing else was held up${upload.quarantineTruncated ? '. More were rejected than are kept' : ''}`}
      aside={
        upload.rowsOpen > 0 ? (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={15} />}
            onClick={() => void fetchFile()}
          >
            Download to mend
          </Button>
        ) : undefined
      }
    >
      {upload.mendedBy.map(({ uploadId, fileName, rows }) => (
        <p key={uploadId} className={classes.by}>
          {formatCount(rows)} of {formatCount(upload.rowsQuarantined)} were mended by{' '}
          <Link to="/uploads/$uploadId" params={{ uploadId }}>
            {fileName}
          </Link>
          .
        </p>
      ))}
      {upload.rowsMended + upload.rowsDismissed > 0 ? (
        <SegmentedControl
          size="xs"
          className={classes.states}
          aria-label="Which rows"
          value={state}
          onChange={(value) => {
            setState(value as RowState);
            setCursors([]);
          }}
          data={[
            { value: 'OPEN', label: `Open ${formatCount(upload.rowsOpen)}` },
            { value: 'MENDED', label: `Mended ${formatCount(upload.rowsMended)}` },
            { value: 'DISMISSED', label: `Not a claim ${formatCount(upload.rowsDismissed)}` },
          ]}
        />
      ) : null}
      <div ref={list} tabIndex={-1}>
        {page ? (
          page.items.length > 0 ? (
            <>
              <DataTable
                caption="Rejected rows"
                columns={columns}
                rows={page.items}
                rowKey={({ id }) => id}
                maxHeight={460}
              />
              <Steps cursors={cursors} onStep={setCursors} info={page.pageInfo} />
            </>
          ) : (
            <p className={classes.by}>{state === 'OPEN' ? 'No row waits any more.' : 'There are none.'}</p>
          )
        ) : error ? (
          <ErrorNotice
            what="the rejected rows"
            failure={explain(error)}
            onRetry={() => ask({ requestPolicy: 'network-only' })}
          />
        ) : (
          <Skeleton height={300} radius={10} />
        )}
      </div>
      {mending ? <MendDialog rowId={mending.id} lineNumber={mending.lineNumber} onClose={closeDialog} /> : null}
    </Card>
  );
}

function Reason({ row: { message, triedBy } }: { row: RowError }) {
  return (
    <>
      {message}
      {triedBy ? <> (as {triedBy.fileName} has it)</> : null}
    </>
  );
}

function Settled({ row: { settledAt, settledBy, mendedBy } }: { row: RowError }) {
  return (
    <>
      {mendedBy ? (
        <>
          by{' '}
          <Link to="/uploads/$uploadId" params={{ uploadId: mendedBy.uploadId }}>
            {mendedBy.fileName}
          </Link>
          ,{' '}
        </>
      ) : settledBy ? (
        `${settledBy.name}, `
      ) : null}
      {settledAt ? formatMoment(settledAt) : ''}
    </>
  );
}
