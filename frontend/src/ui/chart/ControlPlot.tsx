import { area, line } from 'd3-shape';
import { useId } from 'react';
import { formatDayMonth } from '@/lib/format';
import classes from './chart.module.css';
import { type ControlLayout, type ControlMarks, type ControlNote, type ControlPoint, MARGIN } from './geometry';

/** Below so many pixels there is no room for a long caption. */
const NARROW = 420;

type ControlPlotProps = {
  layout: ControlLayout;
  points: readonly ControlPoint[];
  marks: ControlMarks;
  notes: readonly ControlNote[];
  range: { from: number; to: number } | null;
  formatValue: (value: number) => string;
};

/** The drawing of a control chart; everything in it is told in words beside it. */
export function ControlPlot({ layout, points, marks, notes, range, formatValue }: ControlPlotProps) {
  const { width, height } = layout;
  return (
    <svg width={width} height={height} aria-hidden="true" className={classes.plot}>
      <ChangeBand layout={layout} marks={marks} />
      <Axes layout={layout} formatValue={formatValue} />
      <Values layout={layout} points={points} />
      <Evidence layout={layout} points={points} />
      <ChangeLines layout={layout} marks={marks} />
      <Notes layout={layout} points={points} notes={notes} />
      {range ? <Cursor layout={layout} points={points} range={range} /> : null}
    </svg>
  );
}

function Axes({ layout, formatValue }: Pick<ControlPlotProps, 'layout' | 'formatValue'>) {
  const { width, height, y, upper, lower, months } = layout;
  return (
    <g className={classes.axis}>
      {y.ticks(4).map((tick) => (
        <g key={tick} transform={`translate(0,${y(tick)})`}>
          <line x1={MARGIN.left} x2={width - MARGIN.right} className={classes.grid} />
          <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end">
            {formatValue(tick)}
          </text>
        </g>
      ))}
      {months.map(({ day, x }) => (
        <g key={day} transform={`translate(${x},0)`}>
          <line y1={upper.top} y2={upper.bottom} className={classes.grid} />
          <line y1={lower.top} y2={lower.bottom} className={classes.grid} />
          <text y={height - 7} textAnchor="middle">
            {formatDayMonth(day)}
          </text>
        </g>
      ))}
      <line x1={MARGIN.left} x2={width - MARGIN.right} y1={lower.bottom} y2={lower.bottom} className={classes.base} />
    </g>
  );
}

function Values({ layout, points }: Pick<ControlPlotProps, 'layout' | 'points'>) {
  const { x, y } = layout;
  const course = (value: (point: ControlPoint) => number | null) =>
    line<ControlPoint>()
      .defined((point) => value(point) !== null)
      .x((point) => x(point.day))
      .y((point) => y(value(point) ?? 0))(points) ?? '';
  return (
    <g>
      {points.map((point) =>
        point.dot === null ? null : (
          <circle key={point.day} cx={x(point.day)} cy={y(point.dot)} r={1.9} className={classes.dot} />
        ),
      )}
      <path d={course((point) => point.reference)} className={classes.reference} />
      <path d={course((point) => point.line)} className={classes.line} />
    </g>
  );
}

function Evidence({ layout, points }: Pick<ControlPlotProps, 'layout' | 'points'>) {
  const id = useId();
  const { x, statistic, lower, width } = layout;
  const shape = area<ControlPoint>()
    .x((point) => x(point.day))
    .y0(lower.bottom)
    .y1((point) => statistic(point.statistic))(points);
  const threshold = statistic(points.at(-1)?.threshold ?? 0);
  return (
    <g className={classes.axis}>
      <clipPath id={id}>
        <rect x={0} width={width} y={lower.top} height={Math.max(threshold - lower.top, 0)} />
      </clipPath>
      <path d={shape ?? ''} className={classes.evidence} />
      <path d={shape ?? ''} className={classes.proof} clipPath={`url(#${id})`} />
      <line x1={MARGIN.left} x2={width - MARGIN.right} y1={threshold} y2={threshold} className={classes.threshold} />
      <text x={MARGIN.left - 8} y={threshold} dy="0.32em" textAnchor="end">
        alarm
      </text>
      <text x={MARGIN.left} y={lower.top - 8}>
        {width < NARROW ? 'Evidence of a change' : 'Evidence of a change; starts anew after an alarm'}
      </text>
    </g>
  );
}

function ChangeBand({ layout, marks }: Pick<ControlPlotProps, 'layout' | 'marks'>) {
  const { x, upper, lower } = layout;
  const from = x(marks.changeLow);
  return (
    <rect
      x={from}
      y={upper.top}
      width={Math.max(x(marks.changeHigh) - from, 2)}
      height={lower.bottom - upper.top}
      className={classes.band}
    />
  );
}

function ChangeLines({ layout, marks }: Pick<ControlPlotProps, 'layout' | 'marks'>) {
  const { x, upper, lower, statistic, width } = layout;
  const change = x(marks.change);
  const alarm = x(marks.alarm);
  const labelsLeft = change > width * 0.7;
  return (
    <g className={classes.axis}>
      <line x1={change} x2={change} y1={upper.top} y2={lower.bottom} className={classes.change} />
      <text
        x={change + (labelsLeft ? -6 : 6)}
        y={upper.top - 8}
        textAnchor={labelsLeft ? 'end' : 'start'}
        className={classes.changeLabel}
      >
        changed {formatDayMonth(marks.change)}
      </text>
      <line x1={alarm} x2={alarm} y1={lower.top} y2={lower.bottom} className={classes.alarm} />
      <circle cx={alarm} cy={statistic.range()[1]} r={3.5} className={classes.alarmDot} />
    </g>
  );
}

const NOTE_RADIUS = 8;

/** Numbered marks on the axis; those that would cover each other stand one above the other. */
function Notes({ layout, points, notes }: Pick<ControlPlotProps, 'layout' | 'points' | 'notes'>) {
  const { x, lower } = layout;
  const first = points[0]?.day ?? '';
  const last = points.at(-1)?.day ?? '';
  const shown = notes.filter(({ from, to }) => to >= first && from <= last);
  const columns: number[] = [];
  return (
    <g>
      {shown.map(({ number, from, to, title }) => {
        const left = x(from);
        const above = columns.filter((column) => Math.abs(column - left) < 2 * NOTE_RADIUS).length;
        columns.push(left);
        const y = lower.bottom - above * 2.2 * NOTE_RADIUS;
        return (
          <g key={number} className={classes.note}>
            <title>{title}</title>
            <line x1={left} x2={x(to)} y1={y} y2={y} />
            <circle cx={left} cy={y} r={NOTE_RADIUS} />
            <text x={left} y={y} dy="0.34em" textAnchor="middle">
              {number}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Cursor({
  layout,
  points,
  range,
}: Pick<ControlPlotProps, 'layout' | 'points'> & { range: { from: number; to: number } }) {
  const { x, y, upper, lower } = layout;
  const from = points[range.from] as ControlPoint;
  const to = points[range.to] as ControlPoint;
  return (
    <g>
      {range.from === range.to ? null : (
        <rect
          x={x(from.day)}
          width={x(to.day) - x(from.day)}
          y={upper.top}
          height={lower.bottom - upper.top}
          className={classes.brush}
        />
      )}
      <line x1={x(to.day)} x2={x(to.day)} y1={upper.top} y2={lower.bottom} className={classes.cursor} />
      {to.dot === null ? null : <circle cx={x(to.day)} cy={y(to.dot)} r={4} className={classes.cursorDot} />}
    </g>
  );
}
