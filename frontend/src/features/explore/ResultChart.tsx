import { Group, NativeSelect } from '@mantine/core';
import { useMemo, useState } from 'react';
import { formatCount, formatDollars, formatShare, formatShareTick, plural } from '@/lib/format';
import { GroupBars } from '@/ui/chart/GroupBars';
import { LineChart } from '@/ui/chart/LineChart';
import { barsOf, type ChartChoice, isRate, linesOf, MOST_BARS } from './chart';
import classes from './explore.module.css';
import type { Cell, Table } from './tables';

const figure = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** How a figure is written on an axis, and where it is read. */
function formatOf(cell: Cell): { tick: (value: number) => string; read: (value: number) => string } {
  if (isRate(cell)) return { tick: formatShareTick, read: (value) => formatShare(value) };
  if (cell.scalar === 'Decimal') {
    const dollars = (value: number) => formatDollars(String(value));
    return { tick: dollars, read: dollars };
  }
  if (cell.scalar === 'Int') return { tick: formatCount, read: formatCount };
  return { tick: (value) => figure.format(value), read: (value) => figure.format(value) };
}

/** The answer as lines over time or one bar a group; its grid has the figures. */
export default function ResultChart({ answer, choice }: { answer: Table; choice: ChartChoice }) {
  const [wanted, setWanted] = useState<string | null>(null);
  const cell = choice.figures.find(({ id }) => id === wanted) ?? (choice.figures[0] as Cell);
  const format = useMemo(() => formatOf(cell), [cell]);
  const drawn = useMemo(
    () => (choice.kind === 'line' ? linesOf(answer.rows, choice, cell) : null),
    [answer, choice, cell],
  );
  const label = `${cell.heading} by ${choice.by.heading}; the grid has the figures`;
  return (
    <div>
      <Group gap="sm" mb="md" align="flex-end">
        <NativeSelect
          label="Figure"
          size="xs"
          data={choice.figures.map(({ id, heading }) => ({ value: id, label: heading }))}
          value={cell.id}
          onChange={(changed) => setWanted(changed.currentTarget.value)}
        />
        <span className={classes.note}>
          by {choice.by.heading}
          {choice.lines ? `, a line for each ${choice.lines.heading}` : ''}
        </span>
      </Group>
      {drawn ? (
        <LineChart label={label} days={drawn.days} lines={drawn.lines} tick={format.tick} read={format.read} />
      ) : (
        <GroupBars label={label} bars={barsOf(answer.rows, choice, cell)} read={format.read} />
      )}
      {drawn && drawn.more > 0 ? (
        <p className={classes.note}>
          {plural(drawn.more, 'more line')} in the grid: narrow the query to see them here.
        </p>
      ) : null}
      {!drawn && answer.rows.length > MOST_BARS ? (
        <p className={classes.note}>The first {MOST_BARS} groups; the grid has them all.</p>
      ) : null}
    </div>
  );
}
