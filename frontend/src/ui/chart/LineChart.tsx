import { useElementSize } from '@mantine/hooks';
import { scaleLinear } from 'd3-scale';
import { type PointerEvent, useState } from 'react';
import { daysBetween } from '@/lib/dates';
import { formatDate, formatDayMonth } from '@/lib/format';
import classes from './chart.module.css';
import { MARGIN } from './geometry';

type Line = { name: string; values: readonly (number | null)[] };
type LineChartProps = {
  label: string;
  /** In order; each line has a value for each of them. */
  days: readonly string[];
  lines: readonly Line[];
  tick: (value: number) => string;
  read: (value: number) => string;
};

const HEIGHT = 280;
const PIXELS_A_LABEL = 64;
const COLORS = [
  'var(--accent)',
  'var(--mark)',
  'var(--mantine-color-indigo-text)',
  'var(--mantine-color-grape-text)',
  'var(--mantine-color-cyan-text)',
  'var(--ink-soft)',
];
/** So that colour alone does not part them. */
const DASHES = [undefined, '7 3', '2 3', '9 3 2 3', '4 4', '12 4'];

/** Figures over time, several beside one another. What was not measured is a gap. Arrows and the pointer read a day. */
export function LineChart({ label, days, lines, tick, read }: LineChartProps) {
  const { ref, width } = useElementSize();
  const [at, setAt] = useState<number | null>(null);
  const first = days[0] as string;
  const right = Math.max(width - MARGIN.right, MARGIN.left + 1);
  const bottom = HEIGHT - MARGIN.bottom;
  const x = scaleLinear([0, Math.max(daysBetween(first, days.at(-1) as string), 1)], [MARGIN.left, right]);
  const xs = days.map((day) => x(daysBetween(first, day)));
  const all = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const y = scaleLinear([Math.min(0, ...all), Math.max(0, ...all) || 1], [bottom, MARGIN.top]).nice(4);
  const every = Math.max(1, Math.ceil((days.length * PIXELS_A_LABEL) / Math.max(width, 1)));
  // A line is begun anew after each gap.
  const path = (values: readonly (number | null)[]) =>
    values
      .map((value, index) =>
        value === null ? '' : `${(values[index - 1] ?? null) === null ? 'M' : 'L'}${xs[index]},${y(value)}`,
      )
      .join('');

  const last = days.length - 1;
  const step = (to: number) => setAt(Math.min(Math.max(to, 0), last));
  const point = (event: PointerEvent<Element>) => {
    const position = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setAt(
      xs.reduce(
        (best, each, index) => (Math.abs(each - position) < Math.abs((xs[best] as number) - position) ? index : best),
        0,
      ),
    );
  };
  const told = (index: number) =>
    `${formatDate(days[index] as string)}: ${lines
      .map(({ name, values }) => `${name} ${values[index] === null ? 'none' : read(values[index] as number)}`)
      .join(', ')}`;

  return (
    <div>
      <ul className={classes.legend}>
        {lines.map(({ name }, index) => (
          <li key={name}>
            <svg width={26} height={8} aria-hidden="true">
              <line
                x1={0}
                x2={26}
                y1={4}
                y2={4}
                stroke={COLORS[index]}
                strokeWidth={2.4}
                strokeDasharray={DASHES[index]}
              />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <div
        ref={ref}
        className={classes.stage}
        style={{ height: HEIGHT }}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at ?? last}
        aria-valuetext={told(at ?? last)}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(null)}
        onFocus={() => setAt((current) => current ?? last)}
        onKeyDown={(event) => {
          const to = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, Home: -days.length, End: days.length }[
            event.key
          ];
          if (to === undefined) return;
          event.preventDefault();
          step((at ?? last) + to);
        }}
      >
        {width > 0 ? (
          <svg width={width} height={HEIGHT} aria-hidden="true" className={classes.plot}>
            <g className={classes.axis}>
              {y.ticks(4).map((value) => (
                <g key={value} transform={`translate(0,${y(value)})`}>
                  <line x1={MARGIN.left} x2={right} className={classes.grid} />
                  <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end">
                    {tick(value)}
                  </text>
                </g>
              ))}
              {days.map((day, index) =>
                index % every === 0 ? (
                  <text key={day} x={xs[index]} y={HEIGHT - 7} textAnchor="middle">
                    {formatDayMonth(day)}
                  </text>
                ) : null,
              )}
            </g>
            {lines.map(({ name, values }, index) => (
              <g key={name} style={{ color: COLORS[index] }}>
                <path d={path(values)} className={classes.series} strokeDasharray={DASHES[index]} />
                {values.map((value, place) =>
                  value !== null && (values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null ? (
                    <circle key={days[place]} cx={xs[place]} cy={y(value)} r={3} fill="currentColor" />
                  ) : null,
                )}
                {at !== null && values[at] !== null && values[at] !== undefined ? (
                  <circle cx={xs[at]} cy={y(values[at] as number)} r={4} className={classes.cursorDot} />
                ) : null}
              </g>
            ))}
            {at === null ? null : <line x1={xs[at]} x2={xs[at]} y1={MARGIN.top} y2={bottom} className={classes.base} />}
          </svg>
        ) : null}
      </div>
      <div className={classes.readout}>
        <span>{at === null ? 'Point at a day to read it; with the keyboard, arrows.' : told(at)}</span>
      </div>
    </div>
  );
}
