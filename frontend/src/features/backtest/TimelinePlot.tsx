import { formatDayMonth } from '@/lib/format';
import { markRadius, type TimelineLayout } from './timeline';
import classes from './timeline.module.css';

/** The drawing of a timeline; everything in it is told in words beside it and in the table below. */
export function TimelinePlot({ layout, current }: { layout: TimelineLayout; current: number | null }) {
  const { width, height, left, lanes, marks, months } = layout;
  const bottom = height - 26;
  return (
    <svg width={width} height={height} aria-hidden="true" className={classes.plot}>
      {months.map(({ day, x }) => (
        <g key={day} className={classes.axis}>
          <line x1={x} x2={x} y1={0} y2={bottom} />
          <text x={x} y={height - 8} textAnchor="middle">
            {formatDayMonth(day)}
          </text>
        </g>
      ))}
      {lanes.map(({ name, top, height: laneHeight }) => (
        <g key={name} className={classes.lane}>
          <line x1={0} x2={width} y1={top + laneHeight} y2={top + laneHeight} />
          <text x={0} y={left < 100 ? top + 15 : top + laneHeight / 2} dy={left < 100 ? 0 : '0.34em'}>
            {left >= 100 && name.length > 23 ? `${name.slice(0, 22)}…` : name}
          </text>
        </g>
      ))}
      {marks.map(({ index, left: from, right: to, y, reason }) => (
        <g key={index} className={classes.mark} data-reason={reason} data-current={index === current || undefined}>
          <line x1={from} x2={to} y1={y} y2={y} />
          <circle cx={to} cy={y} r={markRadius(reason) + (index === current ? 2 : 0)} />
        </g>
      ))}
    </svg>
  );
}
