import { Badge } from '@mantine/core';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { OUTCOME_LABEL } from '@/graphql/words';
import { formatCount, formatDate, formatShare, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import { QualityFragment } from './documents';
import classes from './uploads.module.css';

const SPAN_LABEL: Record<string, string> = { service: 'Service', submitted: 'Submission', decided: 'Decision' };

/** What the file told, what it lacks and what that costs, and the score this comes to. */
export function Quality({ data }: { data: FragmentOf<typeof QualityFragment> }) {
  const { quality } = readFragment(QualityFragment, data);
  if (!quality) return null;
  const lost = quality.parts.filter(({ share }) => share < 1);
  const scored = new Set(quality.parts.map(({ key }) => key));
  const others = quality.lacks.filter(({ field }) => !scored.has(field));
  return (
    <Card
      title="Data quality"
      note={
        lost.length > 0
          ? `What this file lacks, and what that costs. Points of ${plural(quality.parts.length, 'part')} make the score`
          : 'This file lacks nothing that the score asks for'
      }
      aside={<Score score={quality.score} />}
    >
      <ul className={classes.parts} aria-label="Parts of the score">
        {quality.parts.map(({ key, label, weight, share, sentence }) => (
          <li key={key} data-lost={share < 1 || undefined}>
            <span className={classes.part}>
              {label} <small>{weight} points</small>
            </span>
            <span className={classes.share}>{formatShare(share)}</span>
            <span className={classes.sentence}>{sentence}</span>
          </li>
        ))}
      </ul>
      {others.length > 0 ? (
        <ul className={classes.parts} aria-label="Also lacking">
          {others.map(({ field, label, lacking, of, cost }) => (
            <li key={field}>
              <span className={classes.part}>{label}</span>
              <span className={classes.share}>{formatShare((of - lacking) / of)}</span>
              <span className={classes.sentence}>
                Lacking in {formatCount(lacking)} of {formatCount(of)}. {cost || 'No detector asks for it.'}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      <Facts
        facts={[
          ...quality.outcomes.map(
            ({ outcome, claims }) =>
              [
                outcome ? OUTCOME_LABEL[outcome as keyof typeof OUTCOME_LABEL] : 'No decision told',
                formatCount(claims),
              ] as const,
          ),
          ...quality.spans.map(
            ({ days, first, last }) =>
              [
                SPAN_LABEL[days] ?? days,
                first === last ? formatDate(first) : `${formatDate(first)} – ${formatDate(last)}`,
              ] as const,
          ),
          ...(quality.payers ?? []).map(
            ({ name, claims }) => [name || 'Other payers', plural(claims, 'claim')] as const,
          ),
          ...quality.reasons.map(
            ({ reason, rows }) => [`Set aside: ${reason || 'other reasons'}`, plural(rows, 'row')] as const,
          ),
        ]}
      />
    </Card>
  );
}

/** The score as people read it: the number, with a colour that only repeats it. */
export function Score({ score }: { score: number }) {
  return (
    <Badge size="lg" variant="light" color={score >= 90 ? 'teal' : score >= 70 ? 'yellow' : 'red'}>
      {score} of 100
    </Badge>
  );
}
