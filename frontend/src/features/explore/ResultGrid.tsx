import { Button, Group } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { formatCount, plural } from '@/lib/format';
import table from '@/ui/table/table.module.css';
import classes from './explore.module.css';
import { type Cell, isNumeric, type Sorting, sorted, type Table, textOfValue } from './tables';

const ROWS_SHOWN = 100;
const money = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const figure = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });

/** A value as it is read in the grid: nothing is a dash, never a zero. */
function Shown({ value, cell }: { value: unknown; cell: Cell }) {
  if (value === null || value === undefined) return <span className={classes.nothing}>–</span>;
  if (cell.scalar === 'Decimal') return money.format(value as Intl.StringNumericLiteral);
  if (typeof value === 'number') return figure.format(value);
  return textOfValue(value);
}

/** The answer's rows. Headings sort; the whole scrolls, by keyboard as well. */
export function ResultGrid({ answer }: { answer: Table }) {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const [wanted, setPage] = useState(0);
  const rows = useMemo(() => sorted(answer, sorting), [answer, sorting]);
  // Another answer may have fewer.
  const page = Math.min(wanted, Math.max(Math.ceil(rows.length / ROWS_SHOWN) - 1, 0));
  const shown = rows.slice(page * ROWS_SHOWN, (page + 1) * ROWS_SHOWN);
  const caption = `Rows of ${answer.name}`;

  const sortBy = ({ id }: Cell) => {
    setPage(0);
    if (sorting?.id !== id) setSorting({ id, descending: false });
    else setSorting(sorting.descending ? null : { id, descending: true });
  };
  const direction = ({ id }: Cell) =>
    sorting?.id === id ? (sorting.descending ? 'descending' : 'ascending') : undefined;

  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: A region that scrolls must be reachable by keyboard. */}
      <section className={`${table.scroll} ${classes.grid}`} tabIndex={0} aria-label={caption}>
        <table className={table.table}>
          <thead>
            <tr>
              {answer.cells.map((cell) => (
                <th
                  key={cell.id}
                  scope="col"
                  className={isNumeric(cell) ? table.numeric : undefined}
                  aria-sort={direction(cell)}
                >
                  <button type="button" className={classes.sort} onClick={() => sortBy(cell)}>
                    {cell.heading}
                    {direction(cell) === 'ascending' ? <IconArrowUp size={13} aria-hidden="true" /> : null}
                    {direction(cell) === 'descending' ? <IconArrowDown size={13} aria-hidden="true" /> : null}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of an answer have no id of their own.
              <tr key={index}>
                {answer.cells.map((cell) => (
                  <td key={cell.id} className={isNumeric(cell) ? table.numeric : classes.value}>
                    <Shown value={row[cell.id]} cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > ROWS_SHOWN ? (
        <Group justify="space-between" mt="sm" gap="xs">
          <span className={classes.note}>
            {formatCount(page * ROWS_SHOWN + 1)} to {formatCount(page * ROWS_SHOWN + shown.length)} of{' '}
            {plural(rows.length, 'row')}
          </span>
          <Group gap="xs">
            <Button size="compact-sm" variant="default" disabled={page === 0} onClick={() => setPage(page - 1)}>
              Previous
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              disabled={(page + 1) * ROWS_SHOWN >= rows.length}
              onClick={() => setPage(page + 1)}
            >
              Next
            </Button>
          </Group>
        </Group>
      ) : null}
    </>
  );
}
