import { Button, Group, Loader, NativeSelect, SegmentedControl, Skeleton } from '@mantine/core';
import { IconChartBar, IconDownload, IconSearch } from '@tabler/icons-react';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { lazy, Suspense, useMemo, useState } from 'react';
import { downloadText } from '@/lib/download';
import { formatCount, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Notice } from '@/ui/state/Notice';
import type { Outcome } from './asking';
import { chooseChart } from './chart';
import classes from './explore.module.css';
import { ResultGrid } from './ResultGrid';
import { csvOf, tablesOf } from './tables';

const ResultChart = lazy(() => import('./ResultChart'));

export type Answered = { outcome: Outcome; document: DocumentNode; operation: OperationDefinitionNode };
type View = 'grid' | 'chart' | 'json';

type ResultProps = {
  answered: Answered | null;
  /** What kept the server from answering at all. */
  failure: string | null;
  running: boolean;
  schema: GraphQLSchema | null;
  onCancel: () => void;
  onGoTo: (line: number, column: number) => void;
};

const MOST_JSON = 200_000;
const readable = (body: string): string => JSON.stringify(JSON.parse(body), null, 2);
const fileName = ({ operation }: Answered) => `${operation.name?.value ?? 'query'}`.toLowerCase();

/** What the query was answered with: as rows, drawn, or as it came. */
export function Result({ answered, failure, running, schema, onCancel, onGoTo }: ResultProps) {
  const [view, setView] = useState<View>('grid');
  const [wanted, setWanted] = useState<string | null>(null);
  const tables = useMemo(() => {
    const data = answered?.outcome.data;
    return answered && data && schema ? tablesOf(schema, answered.document, answered.operation, data) : [];
  }, [answered, schema]);
  const table = tables.find(({ name }) => name === wanted) ?? tables[0];
  const json = useMemo(() => (answered && view === 'json' ? readable(answered.outcome.body) : ''), [answered, view]);
  const choice = useMemo(() => (table ? chooseChart(table) : null), [table]);

  if (running) {
    return (
      <Card title="Result">
        <Group justify="center" py="xl" gap="sm" role="status">
          <Loader size="sm" /> Running…
          <Button size="compact-sm" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Card>
    );
  }
  if (failure) {
    return (
      <Card title="Result">
        <p className={classes.problem} role="alert">
          {failure}
        </p>
      </Card>
    );
  }
  if (!answered) {
    return (
      <Card title="Result">
        <Notice icon={<IconSearch size={30} />} title="Nothing asked yet">
          Write a query or open an example, then run it. Rows, a chart and the raw answer will stand here.
        </Notice>
      </Card>
    );
  }
  const { data, errors, milliseconds, body } = answered.outcome;
  const rows = table ? plural(table.rows.length, 'row') : 'no table';
  return (
    <Card
      title="Result"
      note={
        <span role="status">
          {data ? rows : 'Not answered'} in {formatCount(milliseconds)} ms
        </span>
      }
      aside={
        <Group gap="xs">
          {tables.length > 1 ? (
            <NativeSelect
              aria-label="Table"
              size="xs"
              data={tables.map(({ name }) => name)}
              value={table?.name}
              onChange={(changed) => setWanted(changed.currentTarget.value)}
            />
          ) : null}
          <SegmentedControl
            aria-label="Show as"
            size="xs"
            value={view}
            onChange={(chosen) => setView(chosen as View)}
            data={[
              { value: 'grid', label: 'Grid' },
              { value: 'chart', label: 'Chart' },
              { value: 'json', label: 'JSON' },
            ]}
          />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDownload size={15} />}
            disabled={!table}
            onClick={() => table && downloadText(`${fileName(answered)}.csv`, csvOf(table))}
          >
            CSV
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconDownload size={15} />}
            onClick={() => downloadText(`${fileName(answered)}.json`, readable(body))}
          >
            JSON
          </Button>
        </Group>
      }
    >
      {errors.length > 0 ? (
        <ul className={classes.errors} aria-label="Mistakes">
          {errors.map((error, index) => {
            const [place] = error.locations ?? [];
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: errors of one answer have nothing else that is theirs.
              <li key={index}>
                {place ? (
                  <button type="button" onClick={() => onGoTo(place.line, place.column)}>
                    Line {place.line}
                  </button>
                ) : null}{' '}
                {error.message}
              </li>
            );
          })}
        </ul>
      ) : null}
      {view === 'json' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: A region that scrolls must be reachable by keyboard.
        <section className={classes.raw} tabIndex={0} aria-label="The answer as JSON">
          <pre>{json.length > MOST_JSON ? `${json.slice(0, MOST_JSON)}\n… download it to see the rest` : json}</pre>
        </section>
      ) : !table ? (
        data ? (
          <Notice icon={<IconSearch size={30} />} title="Nothing that fills a table">
            The answer stands under JSON.
          </Notice>
        ) : null
      ) : view === 'grid' ? (
        table.rows.length > 0 ? (
          <ResultGrid key={table.name} answer={table} />
        ) : (
          <Notice icon={<IconSearch size={30} />} title="No rows">
            The query found nothing. Widen its filters or its days.
          </Notice>
        )
      ) : choice ? (
        <Suspense fallback={<Skeleton height={340} radius={8} />}>
          <ResultChart key={table.name} answer={table} choice={choice} />
        </Suspense>
      ) : (
        <Notice icon={<IconChartBar size={30} />} title="Nothing to draw">
          A chart takes a number for each day, or for each group: ask for one of both.
        </Notice>
      )}
    </Card>
  );
}
