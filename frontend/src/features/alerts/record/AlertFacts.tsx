import type { ReactNode } from 'react';
import { formatChange, formatInterval, MEASURE } from '@/graphql/measures';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import {
  certaintyWords,
  formatCertainty,
  formatCount,
  formatDate,
  formatDayMonth,
  formatDollars,
  plural,
} from '@/lib/format';
import classes from './alert.module.css';
import { SignalFactsFragment } from './documents';

type Facts = ResultOf<typeof SignalFactsFragment>;

function ofStream({ serviceGroup, denialLabel, location }: Facts): string {
  if (serviceGroup) return ` for ${serviceGroup.name}`;
  if (denialLabel) return ` for the reason “${denialLabel}”`;
  return location ? ` at ${location}` : '';
}

function changeDetail(facts: Facts): string {
  const what = MEASURE[facts.kind] + ofStream(facts);
  if (facts.after === null) return `${what}; since then not known yet, as fewer than half of the claims are paid`;
  if (facts.afterLow === null || facts.afterHigh === null) return what;
  return `${what}; now ${formatInterval(facts.kind, facts.afterLow, facts.afterHigh)}`;
}

/** How many claims went another way than expected: the size of the change, not the number of claims that show it. */
function extraClaims({ kind, direction, claimsAffected }: Facts): string {
  if (kind === 'PAYMENT_DELAY') {
    return `${plural(claimsAffected, 'claim')} paid ${direction === 'WORSE' ? 'later' : 'sooner'} than expected`;
  }
  const went = kind === 'TAKEBACK' ? 'taken back' : 'denied';
  return `${formatCount(claimsAffected)} ${direction === 'WORSE' ? 'more' : 'fewer'} ${went} than expected`;
}

/** What changed, since when, how sure and how much money: the four answers before any evidence. */
export function AlertFacts({ data }: { data: FragmentOf<typeof SignalFactsFragment> }) {
  const facts = readFragment(SignalFactsFragment, data);
  const worse = facts.direction === 'WORSE';
  return (
    <dl className={classes.facts}>
      <Fact label="What changed" value={formatChange(facts)} detail={changeDetail(facts)} urgent={worse} />
      <Fact
        label="Since"
        value={formatDate(facts.changeDate)}
        detail={
          <>
            {facts.kind === 'DENIAL_COHORT' ? 'by day of submission, ' : ''}between{' '}
            {formatDayMonth(facts.changeDateLow)} and {formatDayMonth(facts.changeDateHigh)}; noticed{' '}
            {formatDayMonth(facts.alarmedOn)}
          </>
        }
      />
      <Fact
        label="How sure"
        value={certaintyWords(facts.certainty)}
        detail={`${formatCertainty(facts.certainty)} certain that it is no chance`}
      />
      <Fact
        label={worse ? 'Money at stake' : 'Money gained'}
        value={`${formatDollars(facts.dollarsPerWeek)} a week`}
        detail={`${extraClaims(facts)} so far`}
      />
    </dl>
  );
}

type FactProps = { label: string; value: string; detail: ReactNode; urgent?: boolean };

function Fact({ label, value, detail, urgent }: FactProps) {
  return (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>
        <span className={classes.value} data-urgent={urgent || undefined}>
          {value}
        </span>
        <span className={classes.detail}>{detail}</span>
      </dd>
    </div>
  );
}
