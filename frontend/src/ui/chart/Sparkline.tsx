type SparklineProps = { values: readonly (number | null)[]; width?: number; height?: number };

const MARGIN = 2;

/** The course of a share over time, from zero up; weeks without a value leave a gap. Decorative: the numbers stand beside it. */
export function Sparkline({ values, width = 72, height = 24 }: SparklineProps) {
  const top = Math.max(0, ...values.map((value) => value ?? 0)) || 1;
  const x = (index: number) => MARGIN + (index / Math.max(values.length - 1, 1)) * (width - 2 * MARGIN);
  const y = (value: number) => height - MARGIN - (value / top) * (height - 2 * MARGIN);
  // The first screen has these: the library that draws the charts is larger than all of its list.
  const path = values
    .map((value, index) =>
      value === null ? '' : `${(values[index - 1] ?? null) === null ? 'M' : 'L'}${x(index)},${y(value)}`,
    )
    .join('');
  return (
    <svg width={width} height={height} aria-hidden="true" style={{ display: 'block', flex: 'none' }}>
      <path d={path} fill="none" stroke="currentColor" strokeWidth={1.4} strokeLinejoin="round" />
    </svg>
  );
}
