import { describe, expect, it } from 'vitest';
import { barsOf, type ChartChoice, chooseChart, linesOf, periods } from './chart';
import type { Row, Table } from './tables';

const table = (columns: Record<string, string>, rows: Row[]): Table => ({
  name: 'metrics',
  cells: Object.entries(columns).map(([id, scalar]) => ({ id, heading: id, scalar })),
  rows,
});
const MONTHLY = table(
  { period: 'Date', 'payer.label': 'String', 'values.claims': 'Int', 'values.denialRate.value': 'Float' },
  [
    { period: '2026-01-01', 'payer.label': 'North', 'values.claims': 5, 'values.denialRate.value': 0.1 },
    { period: '2026-01-01', 'payer.label': 'South', 'values.claims': 7, 'values.denialRate.value': undefined },
    { period: '2026-03-01', 'payer.label': 'North', 'values.claims': 6, 'values.denialRate.value': 0.2 },
  ],
);

describe('the chart that is chosen', () => {
  it('is lines over time, one for each group, with the rate before counts', () => {
    const chosen = chooseChart(MONTHLY) as ChartChoice;
    expect([chosen.kind, chosen.by.id, chosen.lines?.id]).toEqual(['line', 'period', 'payer.label']);
    expect(chosen.figures.map(({ id }) => id)).toEqual(['values.denialRate.value', 'values.claims']);
  });

  it('is a bar for each group where there is no time', () => {
    const chosen = chooseChart(
      table({ id: 'ID', outcome: 'Outcome', 'payer.name': 'String', amount: 'Decimal' }, [
        { id: '1', outcome: 'PAID', 'payer.name': 'North', amount: '12.50' },
        { id: '2', outcome: 'PAID', 'payer.name': 'South', amount: null },
      ]),
    ) as ChartChoice;
    expect([chosen.kind, chosen.by.id]).toEqual(['bars', 'payer.name']);
  });

  it('is none where there are no figures, no groups or no rows', () => {
    expect(chooseChart(table({ name: 'String' }, [{ name: 'a' }]))).toBeNull();
    expect(chooseChart(table({ name: 'String', count: 'Int' }, []))).toBeNull();
    expect(chooseChart(table({ count: 'Int' }, [{ count: 1 }]))).toBeNull();
    expect(chooseChart(table({ name: 'String', count: 'Int' }, [{ name: 'a', count: null }]))).toBeNull();
  });
});

describe('lines', () => {
  it('have a gap, and never a zero, where nothing was measured and where a month is left out', () => {
    const chosen = chooseChart(MONTHLY) as ChartChoice;
    const [rate] = chosen.figures;
    expect(linesOf(MONTHLY.rows, chosen, rate as never)).toEqual({
      days: ['2026-01-01', '2026-02-01', '2026-03-01'],
      lines: [
        { name: 'North', values: [0.1, null, 0.2] },
        { name: 'South', values: [null, null, null] },
      ],
      more: 0,
    });
  });

  it('tell how many are not drawn', () => {
    const rows = Array.from({ length: 9 }, (_, index) => [
      { period: '2026-01-01', 'payer.label': `P${index}`, 'values.claims': 1 },
      { period: '2026-02-01', 'payer.label': `P${index}`, 'values.claims': 2 },
    ]).flat();
    const chosen = chooseChart({ ...MONTHLY, rows }) as ChartChoice;
    const drawn = linesOf(rows, chosen, chosen.figures[0] as never);
    expect([drawn.lines.length, drawn.more]).toEqual([6, 3]);
  });
});

it('periods are months, weeks or days', () => {
  expect(periods(['2025-11-01', '2026-02-01'])).toEqual(['2025-11-01', '2025-12-01', '2026-01-01', '2026-02-01']);
  expect(periods(['2026-03-02', '2026-03-16'])).toEqual(['2026-03-02', '2026-03-09', '2026-03-16']);
  expect(periods(['2026-03-02', '2026-03-04'])).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
  expect(periods([])).toEqual([]);
});

it('a bar without a value has none', () => {
  const rows = [
    { name: 'North', amount: '12.50' },
    { name: null, amount: null },
  ];
  const whole = table({ name: 'String', amount: 'Decimal' }, rows);
  const chosen = chooseChart(whole) as ChartChoice;
  expect(barsOf(rows, chosen, chosen.figures[0] as never)).toEqual([
    { name: 'North', value: 12.5 },
    { name: 'none', value: null },
  ]);
});
