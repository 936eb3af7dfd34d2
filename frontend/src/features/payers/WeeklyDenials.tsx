import { Button } from '@mantine/core';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import { useState } from 'react';
import { formatCount, formatDate, formatShare, formatShareTick } from '@/lib/format';
import { Card } from '@/ui/Card';
import { BarChart } from '@/ui/chart/BarChart';
import { type Column, DataTable } from '@/ui/table/DataTable';

type Week = { week: string; decided: number; denied: number; denialRate: number | null };

const COLUMNS: Column<Week>[] = [
  { id: 'week', header: 'Week of', cell: ({ week }) => formatDate(week) },
  { id: 'decided', header: 'Decided', numeric: true, cell: ({ decided }) => formatCount(decided) },
  { id: 'denied', header: 'Denied', numeric: true, cell: ({ denied }) => formatCount(denied) },
  { id: 'rate', header: 'Share', numeric: true, cell: ({ denialRate }) => formatShare(denialRate) },
];

/** The denied share week by week, as bars or as its table. */
export function WeeklyDenials({ weeks }: { weeks: readonly Week[] }) {
  const [asTable, setAsTable] = useState(false);
  if (weeks.length === 0) return null;
  return (
    <Card
      title="Denied share of decided claims, week by week"
      aside={
        <Button
          size="xs"
          variant="default"
          leftSection={asTable ? <IconChartBar size={15} /> : <IconTable size={15} />}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'As chart' : 'As table'}
        </Button>
      }
    >
      {asTable ? (
        <DataTable
          caption="Denied share by week"
          columns={COLUMNS}
          rows={weeks.toReversed()}
          rowKey={({ week }) => week}
          maxHeight={360}
        />
      ) : (
        <BarChart
          label="Denied share of decided claims by week; the table has the figures"
          bars={weeks.map(({ week, denialRate, denied, decided }) => ({
            day: week,
            value: denialRate,
            title: `Week of ${formatDate(week)}: ${formatCount(denied)} of ${formatCount(decided)} denied, ${formatShare(denialRate)}`,
          }))}
          formatValue={formatShareTick}
        />
      )}
    </Card>
  );
}
