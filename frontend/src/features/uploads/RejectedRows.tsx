import { Button, Skeleton } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useClient, useQuery } from 'urql';
import { sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { download } from '@/lib/download';
import { plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Steps, useCursors } from '@/ui/table/Steps';
import { QuarantineLink, RowErrorsQuery } from './documents';

type RowError = NonNullable<NonNullable<ResultOf<typeof RowErrorsQuery>['upload']>['rowErrors']>['items'][number];

const PAGE_SIZE = 50;

const COLUMNS: Column<RowError>[] = [
  { id: 'line', header: 'Line', numeric: true, cell: ({ lineNumber }) => lineNumber },
  { id: 'field', header: 'Field', cell: ({ field }) => field },
  { id: 'message', header: 'Why it was set aside', wrap: true, cell: ({ message }) => message },
];

/** Rows set aside, where and why; download them, mend them, upload the mended file. */
export function RejectedRows({ uploadId, truncated }: { uploadId: string; truncated: boolean }) {
  const client = useClient();
  const [cursors, setCursors] = useCursors();
  const [{ data, error }, ask] = useQuery({
    query: RowErrorsQuery,
    variables: { id: uploadId, first: PAGE_SIZE, after: cursors.at(-1) ?? null },
  });
  const page = data?.upload?.rowErrors;

  const fetchFile = async () => {
    const answer = await client.query(QuarantineLink, { id: uploadId }, { requestPolicy: 'network-only' });
    const url = answer.data?.upload?.quarantineUrl;
    if (url) download(url);
    else sayProblem(answer.error ? explain(answer.error).message : 'The rejected rows cannot be downloaded.');
  };

  if (!page) {
    return error ? (
      <ErrorNotice
        what="the rejected rows"
        failure={explain(error)}
        onRetry={() => ask({ requestPolicy: 'network-only' })}
      />
    ) : (
      <Skeleton height={300} radius={10} />
    );
  }
  return (
    <Card
      title="Rejected rows"
      note={`${plural(page.totalCount, 'row')} set aside; nothing else was held up${truncated ? '. More were rejected than are kept' : ''}`}
      aside={
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={15} />}
          onClick={() => void fetchFile()}
        >
          Download to mend
        </Button>
      }
    >
      <DataTable caption="Rejected rows" columns={COLUMNS} rows={page.items} rowKey={({ id }) => id} maxHeight={460} />
      <Steps cursors={cursors} onStep={setCursors} info={page.pageInfo} />
    </Card>
  );
}
