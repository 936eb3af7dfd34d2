import { evidenceWords, formatInterval, formatLevel, MEASURE_NAME } from '@/graphql/measures';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import { daysBetween } from '@/lib/dates';
import { formatDate, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import { SignalEvidenceFragment } from './documents';
import classes from './evidence.module.css';

type Evidence = ResultOf<typeof SignalEvidenceFragment>;

function sinceThen({ kind, after, afterLow, afterHigh }: Evidence): string {
  if (after === null) return 'Not known yet, as fewer than half of the claims are paid';
  const level = formatLevel(kind, after);
  return afterLow === null || afterHigh === null ? level : `${level} (${formatInterval(kind, afterLow, afterHigh)})`;
}

const today = ({ found, inForce, dataThrough }: Evidence): string => {
  if (!found) return 'The latest look at the data no longer finds this change';
  return inForce
    ? `The last weeks to ${formatDate(dataThrough)} still show it`
    : `The last weeks to ${formatDate(dataThrough)} are nearer to the level before`;
};

/** The figures behind the sentence: each with its interval, and the evidence in words. */
export function EvidenceCard({ data }: { data: FragmentOf<typeof SignalEvidenceFragment> }) {
  const signal = readFragment(SignalEvidenceFragment, data);
  const { kind, before, beforeLow, beforeHigh, changeDate, changeDateLow, changeDateHigh, alarmedOn, eValue } = signal;
  return (
    <Card title="How it is known" note={`${MEASURE_NAME[kind]}, each with its 95% interval`}>
      <Facts
        stacked
        facts={[
          ['Before', `${formatLevel(kind, before)} (${formatInterval(kind, beforeLow, beforeHigh)})`],
          ['Since then', sinceThen(signal)],
          [
            'Changed on',
            `${formatDate(changeDate)}, between ${formatDate(changeDateLow)} and ${formatDate(changeDateHigh)}`,
          ],
          [
            'Noticed on',
            `${formatDate(alarmedOn)}, ${plural(daysBetween(changeDate, alarmedOn), 'day')} after the change`,
          ],
          ['Today', today(signal)],
        ]}
      />
      <p className={classes.words}>
        A change explains the days since then <strong>{evidenceWords(eValue)}</strong> than chance does (an e-value: the
        evidence against “nothing changed”, right on every day it is looked at).
      </p>
    </Card>
  );
}
