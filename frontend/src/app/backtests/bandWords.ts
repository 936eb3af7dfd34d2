import { formatShare } from '@/lib/format';

/** The share (0..1) that an odds ratio takes a share to: 1.10 takes 10.0% to 10.9%. */
export function shareAfterOdds(share: number, oddsRatio: number): number {
  const odds = (share / (1 - share)) * oddsRatio;
  return odds / (1 + odds);
}

const EXAMPLES = [0.05, 0.1, 0.3];

/** A band in plain figures. */
export function bandWords(band: number): string {
  if (band <= 1) return 'Every change counts, however small.';
  const examples = EXAMPLES.map((share) => `${formatShare(share)} → ${formatShare(shareAfterOdds(share, band))}`);
  return `Denial rates that go no further than ${examples.join(', ')} are left alone, and as little the other way.`;
}
