import { OUTCOME_LABEL } from '@/graphql/words';
import { formatDate, formatMoney } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { FIELD_LABEL } from './fields';
import type { Table } from './MappingPage';
import classes from './mapping.module.css';

type Row = Table['rows'][number];

const dated = (day: string | null) => (day ? formatDate(day) : '');
const amount = (money: string | null) => (money ? formatMoney(money) : '');

const COLUMNS: Column<Row>[] = [
  { id: 'line', header: 'Line', numeric: true, cell: ({ lineNumber }) => lineNumber },
  {
    id: 'claim',
    header: 'Claim',
    wrap: true,
    cell: ({ problem, claimId }) => (problem ? <span className={classes.rejected}>{problem}</span> : claimId),
  },
  { id: 'payer', header: 'Payer', wrap: true, cell: ({ payer }) => payer },
  { id: 'procedures', header: 'Procedure', wrap: true, cell: ({ procedureCodes }) => procedureCodes.join(', ') },
  { id: 'service', header: 'Service', wideOnly: true, cell: ({ serviceDate }) => dated(serviceDate) },
  { id: 'submitted', header: 'Submitted', cell: ({ submittedDate }) => dated(submittedDate) },
  { id: 'decided', header: 'Decided', cell: ({ decidedDate }) => dated(decidedDate) },
  { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => (outcome ? OUTCOME_LABEL[outcome] : '') },
  { id: 'billed', header: 'Billed', numeric: true, cell: ({ billedAmount }) => amount(billedAmount) },
  { id: 'paid', header: 'Paid', numeric: true, wideOnly: true, cell: ({ paidAmount }) => amount(paidAmount) },
  { id: 'denial', header: 'Denial', wideOnly: true, cell: ({ denialCode }) => denialCode },
  { id: 'location', header: 'Location', wrap: true, wideOnly: true, cell: ({ location }) => location },
];

/** The first rows as they will be read, or what is missing before any can be. */
export function Preview({ table, busy }: { table: Table; busy: boolean }) {
  return (
    <Card title="The first rows, as they will be read">
      {table.missing.length > 0 ? (
        <p className={classes.missing}>
          Still to be mapped:{' '}
          {table.missing.map((field) => FIELD_LABEL[field] ?? 'Outcome, or a date of it').join(', ')}.
        </p>
      ) : (
        <>
          {table.findings
            .filter(({ code }) => code !== 'mapped_columns')
            .map(({ code, message }) => (
              <p key={code} className={classes.missing}>
                {message}
              </p>
            ))}
          <DataTable
            caption="Rows as they will be read"
            columns={COLUMNS}
            rows={table.rows}
            rowKey={({ lineNumber }) => String(lineNumber)}
            busy={busy}
          />
        </>
      )}
    </Card>
  );
}
