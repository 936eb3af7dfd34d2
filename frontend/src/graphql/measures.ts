import { formatDays, formatDecimal, formatShare, NOTHING } from '@/lib/format';
import type { SignalKind } from './tada';

/** What a signal's `before` and `after` measure, and how they are written, wherever a signal is shown. */

export const MEASURE: Record<SignalKind, string> = {
  DENIAL_RATE: 'of decided claims denied',
  DENIAL_COHORT: 'of submitted claims denied',
  DENIAL_DOLLARS: 'of billed dollars denied',
  PAYMENT_DELAY: 'to payment, median',
  TAKEBACK: 'takebacks per claim decided',
};

export const MEASURE_NAME: Record<SignalKind, string> = {
  DENIAL_RATE: 'Share of decided claims denied',
  DENIAL_COHORT: 'Share of submitted claims denied',
  DENIAL_DOLLARS: 'Share of billed dollars denied',
  PAYMENT_DELAY: 'Median days to payment',
  TAKEBACK: 'Takebacks per claim decided',
};

export const formatLevel = (kind: SignalKind, value: number): string =>
  kind === 'PAYMENT_DELAY' ? formatDays(value) : formatShare(value);

/** "20.0% to 30.0%", "12 to 19 days". */
export const formatInterval = (kind: SignalKind, low: number, high: number): string =>
  `${kind === 'PAYMENT_DELAY' ? formatDecimal(low) : formatShare(low)} to ${formatLevel(kind, high)}`;

type Change = { kind: SignalKind; before: number; after: number | null };

/** "6.5% → 14.1%", "12 → 19 days", or what is known so far. */
export function formatChange({ kind, before, after }: Change): string {
  if (after === null) return `${formatLevel(kind, before)} before`;
  return `${kind === 'PAYMENT_DELAY' ? formatDecimal(before) : formatShare(before)} → ${formatLevel(kind, after)}`;
}

type Stream = { serviceGroup: { name: string } | null; denialLabel: string; location: string };

/** What narrows a payer's claims to the stream that changed; empty for all of them. */
export const streamPart = ({ serviceGroup, denialLabel, location }: Stream): string =>
  serviceGroup?.name ?? (denialLabel || location);

/** How much better a change explains the days since than no change does, in words. */
export function evidenceWords(eValue: number): string {
  if (eValue >= 1e6) return 'more than a million times better';
  if (eValue >= 10) return `${Math.round(eValue).toLocaleString('en-US')} times better`;
  return eValue > 1 ? `${formatDecimal(eValue)} times better` : NOTHING;
}
