import { Link } from '@tanstack/react-router';
import type { BacktestSignal } from '@/app/backtests/useBacktest';
import { formatChange } from '@/graphql/measures';
import { KIND_LABEL } from '@/graphql/words';
import { daysBetween } from '@/lib/dates';
import { formatCount, formatDate, formatDollars } from '@/lib/format';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { causeWords, reasonWords } from './reasons';
import { toldOn } from './timeline';

type Row = BacktestSignal & { place: number };

const COLUMNS: Column<Row>[] = [
  { id: 'day', header: 'Day', cell: (signal) => formatDate(toldOn(signal)) },
  {
    id: 'what',
    header: 'What',
    wrap: true,
    cell: ({ alertId, headline }) =>
      alertId ? (
        <Link to="/alerts/$alertId" params={{ alertId }}>
          {headline}
        </Link>
      ) : (
        headline
      ),
  },
  { id: 'kind', header: 'Kind', wideOnly: true, wrap: true, cell: ({ kind }) => KIND_LABEL[kind] },
  { id: 'change', header: 'Before → after', numeric: true, wideOnly: true, cell: formatChange },
  {
    id: 'money',
    header: 'A week',
    numeric: true,
    wideOnly: true,
    cell: ({ dollarsPerWeek }) => formatDollars(dollarsPerWeek),
  },
  {
    id: 'delay',
    header: 'Days to detect',
    numeric: true,
    wideOnly: true,
    cell: (signal) => formatCount(daysBetween(signal.changeDate, toldOn(signal))),
  },
  {
    id: 'told',
    header: 'Told as',
    wrap: true,
    cell: (signal) => {
      if (signal.isAlert) return <strong>Alert</strong>;
      const cause = signal.explainedBy;
      return cause?.isAlert && cause.alertId ? (
        <>
          Explained by the{' '}
          <Link to="/alerts/$alertId" params={{ alertId: cause.alertId }}>
            {causeWords(cause)}
          </Link>
        </>
      ) : (
        reasonWords(signal)
      );
    },
  },
];

/** The timeline in figures, the latest first. */
export function BacktestTable({ signals }: { signals: readonly BacktestSignal[] }) {
  const rows = signals
    .map((signal, place) => ({ ...signal, place }))
    .sort((one, other) => toldOn(other).localeCompare(toldOn(one)));
  return (
    <DataTable
      caption="What would have been told, by date"
      columns={COLUMNS}
      rows={rows}
      rowKey={({ place }) => String(place)}
      maxHeight={640}
    />
  );
}
