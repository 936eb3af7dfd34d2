import { Link } from '@tanstack/react-router';
import { graphql, type Outcome, type ResultOf } from '@/graphql/tada';
import { OUTCOME_LABEL } from '@/graphql/words';
import { formatDate, formatMoney, NOTHING } from '@/lib/format';
import type { Column } from '@/ui/table/DataTable';
import classes from './outcome.module.css';

/** What the list shows of a claim. Patients are not among it: lists never ask for PHI. */
export const ClaimRowFragment = graphql(`
  fragment ClaimRow on Claim @_unmask {
    id
    controlNumber
    payerClaimNumber
    payer {
      id
      name
    }
    serviceGroup {
      id
      name
    }
    procedureCode
    outcome
    serviceDate
    submittedDate
    decidedDate
    paidDate
    billedAmount
    allowedAmount
    paidAmount
    denialCode
    denialLabel
    location
    daysToDecision
  }
`);

export type ClaimRow = ResultOf<typeof ClaimRowFragment>;

/** A dot and a word: filled for decided, hollow for what is still open. */
export function OutcomeMark({ outcome }: { outcome: Outcome }) {
  return (
    <span className={classes.outcome} data-outcome={outcome}>
      {OUTCOME_LABEL[outcome]}
    </span>
  );
}

export const CLAIM_COLUMNS: Column<ClaimRow>[] = [
  {
    id: 'claim',
    header: 'Claim',
    cell: ({ id, controlNumber }) => (
      <Link to="/claims/$claimId" params={{ claimId: id }}>
        {controlNumber || 'without number'}
      </Link>
    ),
  },
  { id: 'payer', header: 'Payer', cell: ({ payer }) => payer.name, wrap: true },
  { id: 'procedure', header: 'Procedure', cell: ({ procedureCode }) => procedureCode, wideOnly: true },
  { id: 'group', header: 'Service group', cell: ({ serviceGroup }) => serviceGroup?.name ?? NOTHING, wideOnly: true },
  { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => <OutcomeMark outcome={outcome} /> },
  {
    id: 'reason',
    header: 'Denial reason',
    cell: ({ denialCode, denialLabel }) => (denialCode ? `${denialCode} ${denialLabel}` : denialLabel),
    wideOnly: true,
    wrap: true,
  },
  {
    id: 'service',
    header: 'Service',
    cell: ({ serviceDate }) => formatDate(serviceDate),
    numeric: true,
    wideOnly: true,
  },
  {
    id: 'submitted',
    header: 'Submitted',
    cell: ({ submittedDate }) => formatDate(submittedDate),
    numeric: true,
    wideOnly: true,
  },
  {
    id: 'decided',
    header: 'Decided',
    cell: ({ decidedDate }) => formatDate(decidedDate),
    numeric: true,
    wideOnly: true,
  },
  { id: 'paidOn', header: 'Paid on', cell: ({ paidDate }) => formatDate(paidDate), numeric: true, wideOnly: true },
  {
    id: 'days',
    header: 'Days to decision',
    cell: ({ daysToDecision }) => daysToDecision ?? NOTHING,
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
  { id: 'paid', header: 'Paid', cell: ({ paidAmount }) => formatMoney(paidAmount), numeric: true, wideOnly: true },
  { id: 'location', header: 'Location', cell: ({ location }) => location, wideOnly: true },
  { id: 'payerNumber', header: 'Payer’s number', cell: ({ payerClaimNumber }) => payerClaimNumber, wideOnly: true },
];

export const DEFAULT_COLUMNS = [
  'claim',
  'payer',
  'procedure',
  'outcome',
  'reason',
  'submitted',
  'decided',
  'billed',
  'paid',
];

/** The columns named in the URL, in the list's own order; the claim itself is always there. */
export function visibleColumns(columns: string | undefined): string[] {
  if (!columns) return DEFAULT_COLUMNS;
  const wanted = new Set(['claim', ...columns.split(',')]);
  return CLAIM_COLUMNS.map(({ id }) => id).filter((id) => wanted.has(id));
}
