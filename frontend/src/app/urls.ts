import * as z from 'zod/mini';
import { oneOf, optionalDate, optionalNumber, optionalPage, optionalText, someOf } from '@/lib/search';

/** What each list keeps in the URL. One place, so that any page can link into another's list. */

export const ALERT_STATES = ['OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'RESOLVED'] as const;
export const SIGNAL_KINDS = ['DENIAL_RATE', 'DENIAL_COHORT', 'DENIAL_DOLLARS', 'PAYMENT_DELAY', 'TAKEBACK'] as const;
export const OUTCOMES = ['PENDING', 'PAID', 'DENIED', 'PARTIAL'] as const;

const paging = { after: optionalText, page: optionalPage };

export const inboxSearch = z.object({
  state: oneOf([...ALERT_STATES, 'ALL']),
  kind: oneOf(SIGNAL_KINDS),
  payer: optionalText,
  q: optionalText,
  order: oneOf(['NEWEST', 'MONEY']),
  ...paging,
});
export type InboxSearch = z.output<typeof inboxSearch>;

export const claimsSearch = z.object({
  payer: optionalText,
  group: optionalText,
  outcome: someOf(OUTCOMES),
  category: optionalText,
  code: optionalText,
  procedure: optionalText,
  location: optionalText,
  submittedFrom: optionalDate,
  submittedTo: optionalDate,
  decidedFrom: optionalDate,
  decidedTo: optionalDate,
  control: optionalText,
  signal: optionalText,
  upload: optionalText,
  patient: optionalText,
  order: oneOf(['SUBMITTED_ASC', 'DECIDED_DESC', 'BILLED_DESC']),
  columns: optionalText,
  ...paging,
});
export type ClaimsSearch = z.output<typeof claimsSearch>;

/** `on` is the day a claim is shown as of, `by` by which days that is told. */
export const claimSearch = z.object({ on: optionalDate, by: oneOf(['DATED']) });

export const payersSearch = z.object({
  q: optionalText,
  order: oneOf(['CLAIMS_DESC', 'DENIAL_RATE_DESC']),
  ...paging,
});
export type PayersSearch = z.output<typeof payersSearch>;

export const pagedSearch = z.object(paging);
/** `of` is the address whose messages are shown. */
export const addressesSearch = z.object({ of: optionalText, ...paging });

export const AUDIT_GROUPS = [
  'SIGN_INS',
  'PHI',
  'EXPORTS',
  'QUERIES',
  'ALERTS',
  'INTAKE',
  'MEMBERS_AND_KEYS',
  'SETTINGS',
  'AUDIT',
] as const;

/** `actor` is an id, or `upstream`; `id` is of a record of this `type`. */
export const auditSearch = z.object({
  actor: optionalText,
  group: oneOf(AUDIT_GROUPS),
  from: optionalDate,
  to: optionalDate,
  type: optionalText,
  id: optionalText,
  ...paging,
});
export type AuditSearch = z.output<typeof auditSearch>;

/** What detection may be asked for, as `budget` (alerts a week) and `band` (the smallest odds ratio that matters). */
export const BUDGET_RANGE = [1, 50] as const;
export const BAND_RANGE = [1, 1.5] as const;
const detection = { budget: optionalNumber(...BUDGET_RANGE, true), band: optionalNumber(...BAND_RANGE) };

export const backtestSearch = z.object({ from: optionalDate, to: optionalDate, ...detection, job: optionalText });
export type BacktestSearch = z.output<typeof backtestSearch>;

/** `job` replays with these values, `base` with the saved ones. */
export const detectionSearch = z.object({ ...detection, job: optionalText, base: optionalText });
export type DetectionSearch = z.output<typeof detectionSearch>;
