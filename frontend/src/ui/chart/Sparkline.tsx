import { max } from 'd3-array';
import { line } from 'd3-shape';

type SparklineProps = { values: readonly (number | null)[]; width?: number; height?: number };

const MARGIN = 2;

/** The course of a share over time, from zero up; weeks without a value leave a gap. Decorative: the numbers stand beside it. */
export function Sparkline({ values, width = 72, height = 24 }: SparklineProps) {
  const top = max(values, (value) => value ?? 0) || 1;
  const x = (index: number) => MARGIN + (index / Math.max(values.length - 1, 1)) * (width - 2 * MARGIN);
  const y = (value: number) => height - MARGIN - (value / top) * (height - 2 * MARGIN);
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, index) => x(index))
    .y((value) => y(value ?? 0));
  return (
    <svg width={width} height={height} aria-hidden="true" style={{ display: 'block', flex: 'none' }}>
      <path d={path(values) ?? ''} fill="none" stroke="currentColor" strokeWidth={1.4} strokeLinejoin="round" />
    </svg>
  );
}
