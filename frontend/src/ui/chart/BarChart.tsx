import { useElementSize } from '@mantine/hooks';
import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';
import { formatDayMonth } from '@/lib/format';
import classes from './chart.module.css';
import { MARGIN } from './geometry';

type Bar = { day: string; value: number | null; title: string };
type BarChartProps = { label: string; bars: readonly Bar[]; formatValue: (value: number) => string };

const HEIGHT = 180;
const TOP = 8;
const PIXELS_A_LABEL = 58;

/** Bars from zero, one a period; hovering reads a bar. Its table stands beside it. */
export function BarChart({ label, bars, formatValue }: BarChartProps) {
  const { ref, width } = useElementSize();
  const right = Math.max(width - MARGIN.right, MARGIN.left + 1);
  const bottom = HEIGHT - MARGIN.bottom;
  const x = scaleBand(
    bars.map(({ day }) => day),
    [MARGIN.left, right],
  ).padding(0.28);
  const y = scaleLinear([0, max(bars, ({ value }) => value ?? 0) || 1], [bottom, TOP]).nice(4);
  const every = Math.max(1, Math.ceil((bars.length * PIXELS_A_LABEL) / Math.max(width, 1)));
  return (
    <div ref={ref} style={{ height: HEIGHT }}>
      {width > 0 ? (
        <svg width={width} height={HEIGHT} role="img" aria-label={label} className={classes.plot}>
          <g className={classes.axis}>
            {y.ticks(4).map((tick) => (
              <g key={tick} transform={`translate(0,${y(tick)})`}>
                <line x1={MARGIN.left} x2={right} className={classes.grid} />
                <text x={MARGIN.left - 8} dy="0.32em" textAnchor="end">
                  {formatValue(tick)}
                </text>
              </g>
            ))}
            {bars.map(({ day }, index) =>
              index % every === 0 ? (
                <text key={day} x={(x(day) ?? 0) + x.bandwidth() / 2} y={HEIGHT - 7} textAnchor="middle">
                  {formatDayMonth(day)}
                </text>
              ) : null,
            )}
          </g>
          {bars.map(({ day, value, title }) =>
            value === null ? null : (
              <rect
                key={day}
                x={x(day)}
                width={x.bandwidth()}
                y={y(value)}
                height={Math.max(bottom - y(value), 0)}
                rx={2}
                className={classes.bar}
              >
                <title>{title}</title>
              </rect>
            ),
          )}
        </svg>
      ) : null}
    </div>
  );
}
