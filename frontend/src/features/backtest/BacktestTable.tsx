import { Link } from '@tanstack/react-router';
import type { BacktestSignal } from '@/app/backtests/useBacktest';
import { formatChange } from '@/graphql/measures';
import { KIND_LABEL } from '@/graphql/words';
import { daysBetween } from '@/lib/dates';
import { formatCount, formatDate, formatDollars } from '@/lib/format';
import { type Column, DataTable } from '@/ui/table/DataTable';
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
  { id: 'money', header: 'A week', numeric: true, cell: ({ dollarsPerWeek }) => formatDollars(dollarsPerWeek) },
  {
    id: 'delay',
    header: 'Days to detect',
    numeric: true,
    wideOnly: true,
    cell: (signal) => formatCount(daysBetween(signal.changeDate, toldOn(signal))),
  },
  {
    id: 'told',
    header: 'As',
    cell: ({ isAlert }) => (isAlert ? <strong>Alert</strong> : 'Signal'),
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
