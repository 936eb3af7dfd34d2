import type { InboxSearch } from '@/app/urls';
import type { AlertFilter, AlertOrder, AlertState } from '@/graphql/tada';

export const PAGE_SIZE = 25;

/** The inbox's filter without the state: what the counts on the state tabs have in common. */
const baseFilter = ({ kind, payer, q }: InboxSearch): AlertFilter => ({
  ...(kind ? { kind } : {}),
  ...(payer ? { payerId: payer } : {}),
  ...(q ? { search: q } : {}),
});

export function alertFilter(search: InboxSearch): AlertFilter {
  const state = search.state ?? 'OPEN';
  return state === 'ALL' ? baseFilter(search) : { ...baseFilter(search), state: [state] };
}

export function inboxVariables(search: InboxSearch) {
  const orderBy: AlertOrder = search.order ?? 'RANK';
  return { filter: alertFilter(search), orderBy, first: PAGE_SIZE, after: search.after ?? null };
}

export function countVariables(search: InboxSearch) {
  const of = (state: AlertState): AlertFilter => ({ ...baseFilter(search), state: [state] });
  return {
    open: of('OPEN'),
    acknowledged: of('ACKNOWLEDGED'),
    snoozed: of('SNOOZED'),
    resolved: of('RESOLVED'),
    all: baseFilter(search),
  };
}
