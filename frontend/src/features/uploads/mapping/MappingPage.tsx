import { Skeleton } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { UploadTableQuery } from './documents';
import { MappingForm } from './MappingForm';
import { Preview } from './Preview';

const route = getRouteApi('/uploads/$uploadId/columns');

export type Table = NonNullable<ResultOf<typeof UploadTableQuery>['uploadTable']>;
export type Mapping = NonNullable<VariablesOf<typeof UploadTableQuery>['mapping']>;

/** What each column of an upload's table tells, and the first rows as they will be read so. */
export function MappingPage() {
  const { uploadId } = route.useParams();
  const [mapping, setMapping] = useState<Mapping | null>(null);
  const [{ data, error, stale, fetching }, ask] = useQuery({
    query: UploadTableQuery,
    variables: { id: uploadId, mapping },
  });
  // While the next preview is on its way the last one stays on screen.
  const [shown, setShown] = useState<Table | null>(null);
  const table = data?.uploadTable ?? shown;
  if (data?.uploadTable && data.uploadTable !== shown) setShown(data.uploadTable);
  return (
    <Page
      title="Map the columns"
      lead="Said once, it holds for every file with this header"
      back={
        <Link to="/uploads/$uploadId" params={{ uploadId }} className={backLinkClass}>
          <IconChevronLeft size={15} aria-hidden="true" /> Upload
        </Link>
      }
    >
      {error ? (
        <ErrorNotice
          what="this table"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : table ? (
        <>
          <MappingForm uploadId={uploadId} table={table} mapping={mapping ?? mappingOf(table)} onChange={setMapping} />
          <Preview table={table} busy={stale || fetching} />
        </>
      ) : (
        <Skeleton height={420} radius={10} />
      )}
    </Page>
  );
}

const mappingOf = ({ columns, dayFirst, decimalMark, outcomeWords, payer }: Table): Mapping => ({
  columns: columns.map(({ field }) => field),
  dayFirst,
  decimalMark,
  outcomeWords: outcomeWords.flatMap(({ word, outcome }) => (outcome ? [{ word, outcome }] : [])),
  payer,
});
