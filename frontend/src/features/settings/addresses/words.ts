import { formatDate, formatMoment, formatRelative, NOTHING } from '@/lib/format';
import type { Address, Delivery } from './useAddressActions';

const day = (at: string): string => formatDate(at.slice(0, 10));

export const lastToldWords = ({ toldAt }: Address): string => (toldAt ? formatRelative(toldAt) : 'Never');
export const secretWords = ({ rotatedAt, createdAt }: Address): string => day(rotatedAt ?? createdAt);

export function stateWords({ removedAt, failingSince, toldAt }: Address): string {
  if (removedAt) return `Removed on ${day(removedAt)}`;
  if (failingSince) return `Failing since ${formatMoment(failingSince)}`;
  return toldAt ? 'Told' : 'Not told anything yet';
}

export const waits = ({ attempts, deliveredAt }: Delivery): boolean => attempts === 0 && deliveredAt === null;

export function outcomeWords(delivery: Delivery, removed: boolean): string {
  if (delivery.deliveredAt) return `Taken, with ${delivery.status}`;
  if (delivery.givenUp) return `Given up. ${delivery.problem}`;
  if (removed) return 'Not sent: the address was removed';
  return delivery.problem || 'Is being sent';
}

export const nextAttemptWords = ({ nextAttemptAt }: Delivery, removed: boolean): string =>
  nextAttemptAt && !removed ? formatMoment(nextAttemptAt) : NOTHING;
