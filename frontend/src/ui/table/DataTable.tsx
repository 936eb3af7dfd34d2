import { type ColumnVisibilityState, columnVisibilityFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { type ReactNode, useMemo } from 'react';
import classes from './table.module.css';

export type Column<Row> = {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Figures are set right-aligned in tabular numerals. */
  numeric?: boolean;
  /** Long text may break into lines; everything else stays on one. */
  wrap?: boolean;
  /** Hidden on narrow screens, where the row's own page has it. */
  wideOnly?: boolean;
};

type DataTableProps<Row> = {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Columns to show, by id; all when absent. */
  visible?: readonly string[];
  busy?: boolean;
  /** Height after which the table scrolls within itself, in pixels. */
  maxHeight?: number;
};

const features = tableFeatures({ columnVisibilityFeature });

/** Rows to compare. The caption names the table for a screen reader. */
export function DataTable<Row extends object>({
  caption,
  columns,
  rows,
  rowKey,
  visible,
  busy,
  maxHeight,
}: DataTableProps<Row>) {
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.header,
        cell: ({ row }: { row: { original: Row } }) => column.cell(row.original),
        meta: column,
      })),
    [columns],
  );
  const columnVisibility = useMemo<ColumnVisibilityState>(
    () => Object.fromEntries(columns.map(({ id }) => [id, visible ? visible.includes(id) : true])),
    [columns, visible],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows as Row[],
    getRowId: rowKey,
    state: { columnVisibility },
  });
  const className = (id: string): string => {
    const column = columns.find((each) => each.id === id);
    return [
      column?.numeric ? classes.numeric : '',
      column?.wrap ? classes.wrap : '',
      column?.wideOnly ? classes.wide : '',
    ]
      .filter(Boolean)
      .join(' ');
  };

  return (
    // A region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above.
    <section className={classes.scroll} style={{ maxHeight }} tabIndex={0} aria-label={caption} aria-busy={busy}>
      <table className={classes.table}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th key={header.id} scope="col" className={className(header.column.id)}>
                  <table.FlexRender header={header} />
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id} className={className(cell.column.id)}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
