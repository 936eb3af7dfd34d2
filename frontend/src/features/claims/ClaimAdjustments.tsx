import type { ResultOf } from '@/graphql/tada';
import { formatMoney } from '@/lib/format';
import { Card } from '@/ui/Card';
import { CodeText } from '@/ui/CodeText';
import { type Column, DataTable } from '@/ui/table/DataTable';
import classes from './claim.module.css';
import type { AdjustmentFragment } from './documents';

type Adjustment = ResultOf<typeof AdjustmentFragment>;

/** Who bears an adjustment, by the X12 claim adjustment group code. */
const GROUPS: Record<string, string> = {
  CO: 'Contractual obligation',
  PR: 'Patient responsibility',
  OA: 'Other adjustment',
  PI: 'Payer initiated',
  CR: 'Correction and reversal',
};

const COLUMNS: Column<Adjustment>[] = [
  {
    id: 'reason',
    header: 'Reason, and who bears it',
    wrap: true,
    cell: ({ groupCode, reasonCode, label, text }) => (
      <>
        <CodeText code={reasonCode} label={label} text={text} />
        <span className={classes.group}>
          {groupCode} {GROUPS[groupCode]}
        </span>
      </>
    ),
  },
  { id: 'amount', header: 'Amount', cell: ({ amount }) => formatMoney(amount), numeric: true },
];

export function ClaimAdjustments({ title, adjustments }: { title: string; adjustments: readonly Adjustment[] }) {
  if (adjustments.length === 0) return null;
  return (
    <Card title={title}>
      <DataTable caption={title} columns={COLUMNS} rows={adjustments} rowKey={({ id }) => id} />
    </Card>
  );
}
