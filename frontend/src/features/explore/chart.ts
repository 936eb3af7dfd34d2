import { addDays, daysBetween, isIsoDate } from '@/lib/dates';
import { type Cell, isNumeric, numberOf, type Row, type Table, textOfValue } from './tables';

export const MOST_LINES = 6;
export const MOST_BARS = 40;

/** What a table can be drawn as: figures over time, or one bar a group. */
export type ChartChoice = {
  kind: 'line' | 'bars';
  /** The day or the group. */
  by: Cell;
  figures: Cell[];
  /** What parts a figure over time into several lines; null: nothing. */
  lines: Cell | null;
};

const distinct = (rows: readonly Row[], { id }: Cell): number => new Set(rows.map((row) => row[id])).size;

/** Names before ids: what a person reads. */
const isName = ({ id }: Cell): boolean => /(^|\.)(label|name|title)$/.test(id);
const isId = ({ id }: Cell): boolean => /(^|\.)id$/.test(id);

/** How a table is best drawn; null where it holds nothing to draw. */
export function chooseChart({ cells, rows }: Table): ChartChoice | null {
  const figures = cells.filter((cell) => isNumeric(cell) && rows.some((row) => numberOf(row[cell.id]) !== null));
  if (rows.length === 0 || figures.length === 0) return null;
  const ordered = [...figures.filter(isRate), ...figures.filter((cell) => !isRate(cell))];
  const time = cells.find(
    (cell) =>
      (cell.scalar === 'Date' || cell.scalar === 'DateTime') &&
      rows.every((row) => row[cell.id] === null || isIsoDate(dayOf(row[cell.id]))) &&
      distinct(rows, cell) > 1,
  );
  const words = cells.filter(
    (cell) => !isNumeric(cell) && !['Date', 'DateTime', 'JSON'].includes(cell.scalar) && !isId(cell),
  );
  const groups = [...words.filter(isName), ...words.filter((cell) => !isName(cell))];
  if (time) {
    const lines = groups.find((cell) => distinct(rows, cell) > 1 && distinct(rows, cell) < rows.length) ?? null;
    return { kind: 'line', by: time, figures: ordered, lines };
  }
  const by = groups.find((cell) => distinct(rows, cell) === rows.length) ?? groups[0];
  return by ? { kind: 'bars', by, figures: ordered, lines: null } : null;
}

export const isRate = ({ id }: Cell): boolean => /(rate|share)s?(\.value)?$/i.test(id);
const dayOf = (value: unknown): string => String(value).slice(0, 10);

/** A line through time; null is a gap: nothing was measured then, which is not zero. */
export type Line = { name: string; values: (number | null)[] };
export type Lines = { days: string[]; lines: Line[]; more: number };

/** The figure over time, with a gap for each period that the rows pass over. */
export function linesOf(rows: readonly Row[], { by, lines }: ChartChoice, figure: Cell): Lines {
  const dated = rows.filter((row) => row[by.id] !== null && row[by.id] !== undefined);
  const days = periods([...new Set(dated.map((row) => dayOf(row[by.id])))].toSorted());
  const place = new Map(days.map((day, index) => [day, index]));
  const found = new Map<string, (number | null)[]>();
  for (const row of dated) {
    const name = lines ? textOfValue(row[lines.id]) || 'none' : figure.heading;
    const values = found.get(name) ?? Array.from<number | null>({ length: days.length }).fill(null);
    values[place.get(dayOf(row[by.id])) as number] = numberOf(row[figure.id]);
    found.set(name, values);
  }
  const all = [...found].map(([name, values]) => ({ name, values }));
  return { days, lines: all.slice(0, MOST_LINES), more: Math.max(all.length - MOST_LINES, 0) };
}

/** Months, weeks or days, whichever the given ones are, without those left out between the first and the last. */
export function periods(days: readonly string[]): string[] {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return [];
  const whole = new Set(days);
  const next = days.every((day) => day.endsWith('-01'))
    ? nextMonth
    : days.every((day) => daysBetween(first, day) % 7 === 0)
      ? (day: string) => addDays(day, 7)
      : (day: string) => addDays(day, 1);
  for (let day = first; day < last; day = next(day)) whole.add(day);
  return [...whole].toSorted();
}

function nextMonth(day: string): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`;
}

export type Bar = { name: string; value: number | null };

/** One bar a row, in the rows' order. */
export const barsOf = (rows: readonly Row[], { by }: ChartChoice, figure: Cell): Bar[] =>
  rows.slice(0, MOST_BARS).map((row) => ({ name: textOfValue(row[by.id]) || 'none', value: numberOf(row[figure.id]) }));
