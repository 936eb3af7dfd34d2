import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import { formatDate, formatMoney, formatQuantity, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { ClaimAdjustments } from './ClaimAdjustments';
import classes from './claim.module.css';
import { ClaimLinesFragment } from './documents';
import { type Remark, Remarks } from './Remarks';

type Line = ResultOf<typeof ClaimLinesFragment>['lines'][number];

const COLUMNS: Column<Line>[] = [
  { id: 'number', header: 'Line', cell: ({ number }) => number, numeric: true },
  {
    id: 'procedure',
    header: 'Procedure',
    cell: ({ procedureCode, modifiers }) => [procedureCode, ...modifiers].join('-'),
  },
  { id: 'units', header: 'Units', cell: ({ units }) => formatQuantity(units), numeric: true, wideOnly: true },
  {
    id: 'service',
    header: 'Service',
    cell: ({ serviceDate }) => formatDate(serviceDate),
    numeric: true,
    wideOnly: true,
  },
  { id: 'billed', header: 'Billed', cell: ({ billedAmount }) => formatMoney(billedAmount), numeric: true },
  {
    id: 'allowed',
    header: 'Allowed',
    cell: ({ allowedAmount }) => formatMoney(allowedAmount),
    numeric: true,
    wideOnly: true,
  },
  { id: 'paid', header: 'Paid', cell: ({ paidAmount }) => formatMoney(paidAmount), numeric: true },
  { id: 'denial', header: 'Denial', cell: ({ denialCode }) => denialCode },
  {
    id: 'remarks',
    header: 'Remarks',
    cell: ({ remarks }) => remarks.map(({ code }) => code).join(', '),
    wideOnly: true,
  },
];

/** Each remark once, with the lines it stands on. */
function remarksOf(lines: readonly Line[]): Remark[] {
  const codes = new Map(lines.flatMap(({ remarks }) => remarks.map((remark) => [remark.code, remark])));
  return [...codes.values()].map((remark) => {
    const on = lines.filter(({ remarks }) => remarks.some(({ code }) => code === remark.code));
    return { ...remark, label: `${remark.label} · line ${on.map(({ number }) => number).join(', ')}` };
  });
}

export function ClaimLines({ data }: { data: FragmentOf<typeof ClaimLinesFragment> }) {
  const { lines } = readFragment(ClaimLinesFragment, data);
  if (lines.length === 0) return null;
  const remarks = remarksOf(lines);
  return (
    <>
      <Card title="Lines" note={plural(lines.length, 'line')}>
        <DataTable caption="Lines of this claim" columns={COLUMNS} rows={lines} rowKey={({ id }) => id} />
      </Card>
      {lines.map(({ id, number, adjustments }) => (
        <ClaimAdjustments key={id} title={`Adjustments of line ${number}`} adjustments={adjustments} />
      ))}
      {remarks.length > 0 ? (
        <Card title="Remarks on lines">
          <div className={classes.ofLines}>
            <Remarks remarks={remarks} />
          </div>
        </Card>
      ) : null}
    </>
  );
}
