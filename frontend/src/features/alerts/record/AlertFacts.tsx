import type { ReactNode } from 'react';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import {
  certaintyWords,
  formatCertainty,
  formatCount,
  formatDate,
  formatDayMonth,
  formatDays,
  formatDecimal,
  formatDollars,
  formatShare,
  plural,
} from '@/lib/format';
import classes from './alert.module.css';
import { SignalFactsFragment } from './documents';

type Facts = ResultOf<typeof SignalFactsFragment>;

const levelOf = ({ kind }: Facts) => (kind === 'DENIAL_RATE' ? formatShare : formatDays);

/** "6.5% → 14.1%", or what is known so far. */
function changeInFigures(facts: Facts): string {
  const level = levelOf(facts);
  if (facts.after === null) return `${level(facts.before)} before`;
  return facts.kind === 'DENIAL_RATE'
    ? `${level(facts.before)} → ${level(facts.after)}`
    : `${formatDecimal(facts.before)} → ${level(facts.after)}`;
}

function changeDetail(facts: Facts): string {
  const level = levelOf(facts);
  const what = facts.kind === 'DENIAL_RATE' ? 'of decided claims denied' : 'to payment, median';
  if (facts.after === null) return `${what}; since then not known yet, as fewer than half of the claims are paid`;
  if (facts.afterLow === null || facts.afterHigh === null) return what;
  const low = facts.kind === 'DENIAL_RATE' ? formatShare(facts.afterLow) : formatDecimal(facts.afterLow);
  return `${what}; now between ${low} and ${level(facts.afterHigh)}`;
}

/** How many claims went another way than expected: the size of the change, not the number of claims that show it. */
function extraClaims({ kind, direction, claimsAffected }: Facts): string {
  if (kind === 'PAYMENT_DELAY') {
    return `${plural(claimsAffected, 'claim')} paid ${direction === 'WORSE' ? 'later' : 'sooner'} than expected`;
  }
  return `${formatCount(claimsAffected)} ${direction === 'WORSE' ? 'more' : 'fewer'} denied than expected`;
}

/** What changed, since when, how sure and how much money: the four answers before any evidence. */
export function AlertFacts({ data }: { data: FragmentOf<typeof SignalFactsFragment> }) {
  const facts = readFragment(SignalFactsFragment, data);
  const worse = facts.direction === 'WORSE';
  return (
    <dl className={classes.facts}>
      <Fact label="What changed" value={changeInFigures(facts)} detail={changeDetail(facts)} urgent={worse} />
      <Fact
        label="Since"
        value={formatDate(facts.changeDate)}
        detail={
          <>
            between {formatDayMonth(facts.changeDateLow)} and {formatDayMonth(facts.changeDateHigh)}; noticed{' '}
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
