import type { BacktestSignal } from '@/app/backtests/useBacktest';
import { formatDate, plural } from '@/lib/format';
import { toldOn } from './timeline';

type Reason = BacktestSignal['reason'];
type Cause = NonNullable<BacktestSignal['explainedBy']>;

/** What explains another, by its day. */
export const causeWords = (cause: Cause): string =>
  `${cause.isAlert ? 'alert' : 'signal'} of ${formatDate(toldOn(cause))}`;

/** Why a signal was told as an alert, or was not, in a few words. */
export function reasonWords({ reason, explainedBy }: Pick<BacktestSignal, 'reason' | 'explainedBy'>): string {
  switch (reason) {
    case 'ALERT':
      return 'Alert';
    case 'EXPLAINED':
      return explainedBy ? `Explained by the ${causeWords(explainedBy)}` : 'Explained by an earlier change';
    case 'BELOW_BUDGET':
      return 'No room in the weekly number';
    case 'IMPROVEMENT':
      return 'Improvement';
  }
}

/** The same as a sentence that stands alone; empty for an alert, which needs none. */
export function reasonSentence(signal: Pick<BacktestSignal, 'reason' | 'explainedBy'>): string {
  if (signal.reason === 'ALERT') return '';
  if (signal.reason === 'EXPLAINED' && signal.explainedBy) return `Explained by: ${signal.explainedBy.headline}.`;
  return `${reasonWords(signal)}${signal.reason === 'BELOW_BUDGET' ? ' of alerts' : ''}.`;
}

/** The alert that tells of it: its own, or that of what explains it. */
export const alertOf = ({ alertId, explainedBy }: Pick<BacktestSignal, 'alertId' | 'explainedBy'>): string | null =>
  alertId ?? explainedBy?.alertId ?? null;

const COUNTED: [Reason, (count: number) => string][] = [
  ['EXPLAINED', (count) => `${plural(count, 'is', 'are')} explained by another`],
  ['BELOW_BUDGET', (count) => `${count} found no room in the weekly number`],
  ['IMPROVEMENT', (count) => `${plural(count, 'is an improvement', 'are improvements')}`],
];

/** Of the signals without an alert, how many for which reason; empty without such. */
export function withoutAlertWords(signals: readonly Pick<BacktestSignal, 'reason'>[]): string {
  const told = COUNTED.map(([reason, words]) => {
    const count = signals.filter((signal) => signal.reason === reason).length;
    return count > 0 ? words(count) : '';
  }).filter(Boolean);
  return told.length > 0 ? `Of those without an alert, ${told.join(', ')}.` : '';
}
