import type { ClaimFact, Outcome, ResultOf } from '@/graphql/tada';
import { OUTCOME_LABEL, STANDING } from '@/graphql/words';
import { formatDate, formatMoney, NOTHING } from '@/lib/format';
import type { ClaimHistoryQuery } from '../documents';

export type ClaimEvent = NonNullable<NonNullable<ResultOf<typeof ClaimHistoryQuery>['claim']>['history']>[number];

export const FACT_LABEL: Record<ClaimFact, string> = {
  OUTCOME: 'Status',
  PAYER: 'Payer',
  BILLED: 'Billed',
  ALLOWED: 'Allowed',
  PAID: 'Paid',
  DENIED: 'Denied',
  DENIAL_CODE: 'Denial',
  REMARKS: 'Remarks',
  SERVICE_DATE: 'Service',
  SUBMITTED_DATE: 'Submitted',
  DECIDED_DATE: 'Decided',
  PAID_DATE: 'Paid on',
};

const MONEY: ClaimFact[] = ['BILLED', 'ALLOWED', 'PAID', 'DENIED'];

/** A fact as a change tells it, as it is written. */
export function factText(fact: ClaimFact, value: string | null): string {
  if (value === null) return NOTHING;
  if (MONEY.includes(fact)) return formatMoney(value);
  if (fact.endsWith('_DATE')) return formatDate(value);
  return fact === 'OUTCOME' ? OUTCOME_LABEL[value as Outcome] : value;
}

const ACKNOWLEDGEMENT: Record<string, string> = { X12_999: '999', X12_997: '997', X12_277CA: '277CA' };

/** What happened, as a biller would say it; `late`: that the claim's decision was known before. */
export function eventTitle(event: ClaimEvent, late: boolean): string {
  const { kind, outcome, statusCode, standing, source, setKind, certain } = event;
  const decided = outcome ? OUTCOME_LABEL[outcome] : '';
  const stood = standing ? STANDING[standing].label : '';
  switch (kind) {
    case 'SUBMITTED':
      return late ? 'Submitted; its file came after the decision' : 'Submitted';
    case 'RESTATED':
      return 'Told again, differently';
    case 'CORRECTED':
      return 'Replaced by a corrected claim (frequency 7)';
    case 'VOIDED':
      return 'Voided by the practice (frequency 8)';
    case 'DECIDED':
      return decided;
    case 'DECIDED_AGAIN':
      return `Decided again: ${decided.toLowerCase()}`;
    case 'LATER_PAYER':
      return `Next payer in turn: ${decided.toLowerCase()}`;
    case 'REVERSED':
      return 'Decision taken back (reversal)';
    case 'NOTED':
      return statusCode === '23' ? 'Passed on to another payer' : `No decision (status ${statusCode})`;
    case 'ACKNOWLEDGED':
      return `${stood} by ${source || 'the payer'} (277CA)`;
    case 'SET_ACKNOWLEDGED':
      return certain
        ? `What it was sent in: ${stood.toLowerCase()} (${ACKNOWLEDGEMENT[setKind ?? '']})`
        : `Part of the file it was sent in: ${stood.toLowerCase()} (${ACKNOWLEDGEMENT[setKind ?? '']})`;
  }
}
