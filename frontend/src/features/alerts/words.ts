import type { AlertState, Verdict } from '@/graphql/tada';

/** The field's terms for what the API names in capitals. */
export const STATE_LABEL: Record<AlertState, string> = {
  OPEN: 'Open',
  ACKNOWLEDGED: 'Acknowledged',
  SNOOZED: 'Snoozed',
  RESOLVED: 'Resolved',
};

export const VERDICT_LABEL: Record<Verdict, string> = { REAL: 'Real', NOISE: 'Noise', FOLLOW_UP: 'Follow-up' };
