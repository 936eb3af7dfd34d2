import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { formatDate, formatDecimal, formatShare } from '@/lib/format';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { claimsOfDays, SERIES, type Series, type SeriesPoint } from './series';

/** The chart in figures, latest day first. */
export default function SeriesTable({ signal }: { signal: Series }) {
  const view = SERIES[signal.kind];
  const rows = useMemo(() => signal.series.map((point, index) => ({ ...point, index })).reverse(), [signal]);
  const columns = useMemo(() => {
    const day: Column<SeriesPoint & { index: number }> = {
      id: 'day',
      header: 'Day',
      cell: ({ day: date, index }) => (
        <Link to="/claims" search={claimsOfDays(signal, index, index)}>
          {formatDate(date)}
        </Link>
      ),
    };
    const figures: Column<SeriesPoint & { index: number }>[] = [
      { id: 'count', header: view.columns.count, numeric: true, cell: ({ count }) => view.formatWhole(count) },
      { id: 'events', header: view.columns.events, numeric: true, cell: ({ events }) => view.formatEvents(events) },
      { id: 'expected', header: 'Expected', numeric: true, cell: ({ expected }) => view.formatExpected(expected) },
    ];
    const rates: Column<SeriesPoint & { index: number }>[] = [
      { id: 'rate', header: '7-day rate', numeric: true, cell: ({ rate }) => formatShare(rate) },
      { id: 'baseline', header: 'Baseline', numeric: true, cell: ({ baseline }) => formatShare(baseline) },
    ];
    const evidence: Column<SeriesPoint & { index: number }>[] = [
      { id: 'statistic', header: 'Evidence', numeric: true, cell: ({ statistic }) => formatDecimal(statistic) },
      { id: 'threshold', header: 'Alarm at', numeric: true, cell: ({ threshold }) => formatDecimal(threshold) },
    ];
    return [day, ...figures, ...(view.asShares ? rates : []), ...evidence];
  }, [view, signal]);

  return <DataTable caption={view.label} columns={columns} rows={rows} rowKey={({ day }) => day} maxHeight={420} />;
}
