import type { ResultOf } from '@/graphql/tada';
import { formatMoney } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
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
    id: 'group',
    header: 'Group',
    wrap: true,
    cell: ({ groupCode }) => (GROUPS[groupCode] ? `${groupCode} ${GROUPS[groupCode]}` : groupCode),
  },
  { id: 'reason', header: 'Reason', wrap: true, cell: ({ reasonCode, label }) => `${reasonCode} ${label}` },
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
