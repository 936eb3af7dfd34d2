import type { Role } from '@/graphql/tada';
import { formatDate, formatRelative } from '@/lib/format';
import type { Invitation, Member } from './useMemberActions';

/** What a role is for; machines have service keys, so that theirs is not offered to people. */
export const ROLE_IS_FOR: Record<Exclude<Role, 'INTEGRATION'>, string> = {
  OWNER: 'Everything, and who needs a second factor',
  ADMIN: 'Everything but that: members, keys, settings, the audit trail',
  CARE_TEAM: 'Claims with patients, uploads, alerts and exports',
  ANALYST: 'Claims without patients, payers, signals and exports',
  AUDITOR: 'The audit trail and its export, nothing else',
  VIEWER: 'Reads claims without patients, payers and alerts',
};

/** The roles that one may give and take: none above one's own. */
export const rolesToGive = (own: Role): Role[] =>
  (Object.keys(ROLE_IS_FOR) as Role[]).filter((role) => role !== 'OWNER' || own === 'OWNER');

export const lastSeenWords = ({ lastSeenAt }: Member): string => (lastSeenAt ? formatRelative(lastSeenAt) : 'Never');

export const secondFactorWords = ({ hasSecondFactor }: Member): string => (hasSecondFactor ? 'On' : 'Off');

export function invitationWords(invitation: Invitation, now: number = Date.now()): string {
  if (invitation.sendingFailed) return 'The mail could not be sent';
  if (Date.parse(invitation.expiresAt) <= now) return `Ran out on ${formatDate(invitation.expiresAt.slice(0, 10))}`;
  if (!invitation.sentAt) return 'Is being sent';
  return `Until ${formatDate(invitation.expiresAt.slice(0, 10))}`;
}
