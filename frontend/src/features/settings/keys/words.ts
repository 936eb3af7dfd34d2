import type { ServiceKeyScope } from '@/graphql/tada';
import { formatDate, formatRelative } from '@/lib/format';
import type { ServiceKey } from './useKeyActions';

export const SCOPE_LABEL: Record<ServiceKeyScope, string> = {
  UPLOADS_WRITE: 'Hand files in',
  UPLOADS_READ: 'Follow uploads',
};

export const counts = ({ revokedAt, expiresAt }: ServiceKey, now: number = Date.now()): boolean =>
  revokedAt === null && Date.parse(expiresAt) > now;

/** Keys end with a day in UTC. */
const day = (at: string): string => formatDate(at.slice(0, 10));

export function stateWords(key: ServiceKey): string {
  if (key.revokedAt) return `Revoked on ${day(key.revokedAt)}`;
  return counts(key) ? `Until ${day(key.expiresAt)}` : `Ended on ${day(key.expiresAt)}`;
}

export const lastUseWords = ({ lastUsedAt }: ServiceKey): string => (lastUsedAt ? formatRelative(lastUsedAt) : 'Never');
