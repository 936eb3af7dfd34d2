import { useElementSize } from '@mantine/hooks';
import { scaleLinear } from 'd3-scale';
import classes from './chart.module.css';

type Bar = { name: string; value: number | null };
type GroupBarsProps = { label: string; bars: readonly Bar[]; read: (value: number) => string };

const ROW = 34;
const VALUE_ROOM = 84;
/** Of the width, at most; names beyond it are cut. */
const NAMES = 0.34;
const PIXELS_A_LETTER = 7;

/** One bar a group, from zero, under one another so that names have room. What has no value has no bar. */
export function GroupBars({ label, bars, read }: GroupBarsProps) {
  const { ref, width } = useElementSize();
  const longest = Math.max(0, ...bars.map(({ name }) => name.length));
  const names = Math.min(longest * PIXELS_A_LETTER + 12, width * NAMES);
  const letters = Math.max(Math.floor((names - 12) / PIXELS_A_LETTER), 4);
  const values = bars.map(({ value }) => value ?? 0);
  const x = scaleLinear(
    [Math.min(0, ...values), Math.max(0, ...values) || 1],
    [names, Math.max(width - VALUE_ROOM, names + 1)],
  );
  return (
    <div ref={ref} style={{ minHeight: bars.length * ROW }}>
      {width > 0 ? (
        <svg width={width} height={bars.length * ROW} role="img" aria-label={label} className={classes.plot}>
          {bars.map(({ name, value }, index) => {
            const middle = index * ROW + ROW / 2;
            const [from, to] = [Math.min(x(0), x(value ?? 0)), Math.max(x(0), x(value ?? 0))];
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: groups may have the same name.
              <g key={index} className={classes.axis}>
                <title>{`${name}: ${value === null ? 'none' : read(value)}`}</title>
                <text x={0} y={middle} dy="0.34em">
                  {name.length > letters ? `${name.slice(0, letters - 1)}…` : name}
                </text>
                {value === null ? null : (
                  <rect
                    x={from}
                    y={middle - 9}
                    width={Math.max(to - from, 1)}
                    height={18}
                    rx={3}
                    className={classes.bar}
                  />
                )}
                <text x={to + 8} y={middle} dy="0.34em">
                  {value === null ? '–' : read(value)}
                </text>
              </g>
            );
          })}
          <line x1={x(0)} x2={x(0)} y1={0} y2={bars.length * ROW} className={classes.base} />
        </svg>
      ) : null}
    </div>
  );
}
