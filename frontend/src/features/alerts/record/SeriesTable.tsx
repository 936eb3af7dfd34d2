import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { formatCount, formatDate, formatDecimal, formatShare } from '@/lib/format';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { claimsOfDays, type Series, type SeriesPoint } from './series';

/** The chart in figures, latest day first. */
export function SeriesTable({ signal }: { signal: Series }) {
  const denials = signal.kind === 'DENIAL_RATE';
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
      { id: 'count', header: denials ? 'Decided' : 'Open', numeric: true, cell: ({ count }) => formatCount(count) },
      { id: 'events', header: denials ? 'Denied' : 'Paid', numeric: true, cell: ({ events }) => formatCount(events) },
      { id: 'expected', header: 'Expected', numeric: true, cell: ({ expected }) => formatDecimal(expected) },
    ];
    const rates: Column<SeriesPoint & { index: number }>[] = [
      { id: 'rate', header: '7-day rate', numeric: true, cell: ({ rate }) => formatShare(rate) },
      { id: 'baseline', header: 'Baseline', numeric: true, cell: ({ baseline }) => formatShare(baseline) },
    ];
    const evidence: Column<SeriesPoint & { index: number }>[] = [
      { id: 'statistic', header: 'Evidence', numeric: true, cell: ({ statistic }) => formatDecimal(statistic) },
      { id: 'threshold', header: 'Alarm at', numeric: true, cell: ({ threshold }) => formatDecimal(threshold) },
    ];
    return [day, ...figures, ...(denials ? rates : []), ...evidence];
  }, [denials, signal]);

  return (
    <DataTable
      caption={denials ? 'Denied share of decided claims, by day' : 'Payments and expected payments, by day'}
      columns={columns}
      rows={rows}
      rowKey={({ day }) => day}
      maxHeight={420}
    />
  );
}
