import * as z from 'zod/mini';
import { oneOf, optionalDate, optionalPage, optionalText, someOf } from '@/lib/search';

/** What each list keeps in the URL. One place, so that any page can link into another's list. */

export const ALERT_STATES = ['OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'RESOLVED'] as const;
export const SIGNAL_KINDS = ['DENIAL_RATE', 'PAYMENT_DELAY'] as const;
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
  submittedFrom: optionalDate,
  submittedTo: optionalDate,
  decidedFrom: optionalDate,
  decidedTo: optionalDate,
  control: optionalText,
  signal: optionalText,
  upload: optionalText,
  order: oneOf(['SUBMITTED_ASC', 'DECIDED_DESC', 'BILLED_DESC']),
  columns: optionalText,
  ...paging,
});
export type ClaimsSearch = z.output<typeof claimsSearch>;

export const payersSearch = z.object({
  q: optionalText,
  order: oneOf(['CLAIMS_DESC', 'DENIAL_RATE_DESC']),
  ...paging,
});
export type PayersSearch = z.output<typeof payersSearch>;

export const pagedSearch = z.object(paging);
