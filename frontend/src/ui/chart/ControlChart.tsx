import { useElementSize } from '@mantine/hooks';
import { type ReactNode, useMemo } from 'react';
import { formatDate } from '@/lib/format';
import { ControlPlot } from './ControlPlot';
import classes from './chart.module.css';
import { type ControlMarks, type ControlNote, type ControlPoint, layOut } from './geometry';
import { useChartCursor } from './useChartCursor';

type ControlChartProps = {
  label: string;
  points: readonly ControlPoint[];
  marks: ControlMarks;
  /** What is on record near the change, told in a list beside the chart. */
  notes?: readonly ControlNote[];
  formatValue: (value: number) => string;
  /** One day, or a range of days, in words: also what a screen reader hears. */
  describe: (from: number, to: number) => string;
  /** Opens the rows behind a day or a range. */
  onOpen: (from: number, to: number) => void;
  openLink: (from: number, to: number) => ReactNode;
};

const HEIGHT = 340;

/**
 * A series against its baseline, with the day it changed, and below it the evidence against its threshold. One focusable
 * slider over the days: arrows move, Shift marks a range, Enter opens the rows.
 */
export function ControlChart({
  label,
  points,
  marks,
  notes = [],
  formatValue,
  describe,
  onOpen,
  openLink,
}: ControlChartProps) {
  const { ref, width } = useElementSize();
  const layout = useMemo(() => layOut(points, width || 720, HEIGHT), [points, width]);
  const { cursor, range, pointer, onKeyDown, onFocus } = useChartCursor({
    count: points.length,
    nearest: layout.nearest,
    onOpen,
  });

  return (
    <div>
      <div
        ref={ref}
        className={classes.stage}
        style={{ height: HEIGHT }}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={cursor ?? points.length - 1}
        aria-valuetext={range ? describe(range.from, range.to) : describe(points.length - 1, points.length - 1)}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
        {...pointer}
      >
        {width > 0 ? (
          <ControlPlot
            layout={layout}
            points={points}
            marks={marks}
            notes={notes}
            range={range}
            formatValue={formatValue}
          />
        ) : null}
      </div>
      <div className={classes.readout}>
        {range ? (
          <>
            <span>{describe(range.from, range.to)}</span>
            {openLink(range.from, range.to)}
          </>
        ) : (
          <span>
            Changed {formatDate(marks.change)}, noticed {formatDate(marks.alarm)}. Point at a day to read it; click it
            or drag over several to see their claims. With the keyboard: arrows, Shift to extend, Enter.
          </span>
        )}
      </div>
    </div>
  );
}
