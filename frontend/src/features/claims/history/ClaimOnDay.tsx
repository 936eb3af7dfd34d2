import { Button, NativeSelect, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import type { ClaimFact, ResultOf } from '@/graphql/tada';
import { OUTCOME_LABEL } from '@/graphql/words';
import { today } from '@/lib/dates';
import { formatDate, formatMoment, formatMoney, NOTHING } from '@/lib/format';
import { CodeText } from '@/ui/CodeText';
import { Facts } from '@/ui/Facts';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { ClaimAsOfQuery } from '../documents';
import classes from './history.module.css';
import { FACT_LABEL, factText } from './words';

const route = getRouteApi('/claims/$claimId');

type Then = NonNullable<NonNullable<ResultOf<typeof ClaimAsOfQuery>['claim']>['asOf']>;
type Props = { claimId: string; payer: string; firstKnown: string | null };

/** Chooses a day, kept in the URL, and shows the claim as it was known then. */
export function ClaimOnDay({ claimId, payer, firstKnown }: Props) {
  const { on, by } = route.useSearch();
  const navigate = useNavigate();
  const show = (search: { on?: string; by?: 'DATED' }) =>
    void navigate({ to: '/claims/$claimId', params: { claimId }, search, replace: true, resetScroll: false });
  return (
    <div className={classes.onDay}>
      <div className={classes.choice}>
        <TextInput
          type="date"
          label="As it was known on"
          max={today()}
          value={on ?? ''}
          onChange={({ currentTarget: { value } }) => show(value ? { on: value, by } : {})}
        />
        <NativeSelect
          label="Told by"
          value={by ?? 'TAKEN_IN'}
          disabled={!on}
          data={[
            { value: 'TAKEN_IN', label: 'files that had come in by then' },
            { value: 'DATED', label: 'the days files tell, whenever they came' },
          ]}
          onChange={({ currentTarget: { value } }) => show({ on, by: value === 'DATED' ? 'DATED' : undefined })}
        />
        {on ? (
          <Button variant="default" onClick={() => show({})}>
            Back to today
          </Button>
        ) : null}
      </div>
      {on ? (
        <OnDay
          claimId={claimId}
          payer={payer}
          firstKnown={firstKnown}
          on={on}
          by={by}
          onDated={() => show({ on, by: 'DATED' })}
        />
      ) : null}
    </div>
  );
}

function OnDay({
  claimId,
  payer,
  firstKnown,
  on,
  by,
  onDated,
}: Props & { on: string; by?: 'DATED'; onDated: () => void }) {
  const [{ data, error, fetching }, ask] = useQuery({
    query: ClaimAsOfQuery,
    variables: { id: claimId, on, by: by ?? 'TAKEN_IN' },
  });
  if (error) {
    return (
      <ErrorNotice
        what={`the claim as of ${formatDate(on)}`}
        failure={explain(error)}
        onRetry={() => ask({ requestPolicy: 'network-only' })}
      />
    );
  }
  const then = data?.claim?.asOf;
  return (
    <section className={classes.then} aria-label={`As of ${formatDate(on)}`} aria-busy={fetching} aria-live="polite">
      {then ? (
        <>
          <p className={classes.empty}>
            {then.changes.length === 0
              ? `On ${formatDate(on)} it was known as it stands today.`
              : `What reads differently today is marked.`}
          </p>
          <Facts facts={factsThen(then, payer)} />
        </>
      ) : data ? (
        <p className={classes.empty}>
          {by
            ? `By the days its files tell, nothing had happened to this claim by ${formatDate(on)}.`
            : `No file had told of this claim by ${formatDate(on)}${firstKnown ? `; the first came in on ${formatMoment(firstKnown)}` : ''}.`}{' '}
          {by ? null : (
            <Button size="compact-sm" variant="default" onClick={onDated}>
              Go by the days files tell
            </Button>
          )}
        </p>
      ) : null}
    </section>
  );
}

/** The facts of that day; those that read differently today are marked and say how they read now. */
function factsThen(then: Then, payer: string): [string, ReactNode][] {
  const denial = then.denialCode ? (
    <CodeText code={then.denialCode} label={then.denialLabel} text={then.denialText} />
  ) : (
    NOTHING
  );
  const told: [ClaimFact, ReactNode][] = [
    ['OUTCOME', OUTCOME_LABEL[then.outcome]],
    ['PAYER', then.payer?.name ?? NOTHING],
    ['BILLED', formatMoney(then.billedAmount)],
    ['ALLOWED', formatMoney(then.allowedAmount)],
    ['PAID', formatMoney(then.paidAmount)],
    ['DENIED', formatMoney(then.deniedAmount)],
    ['DENIAL_CODE', denial],
    ['REMARKS', then.remarkCodes.join(', ') || NOTHING],
    ['SERVICE_DATE', formatDate(then.serviceDate)],
    ['SUBMITTED_DATE', formatDate(then.submittedDate)],
    ['DECIDED_DATE', formatDate(then.decidedDate)],
    ['PAID_DATE', formatDate(then.paidDate)],
  ];
  return told.map(([fact, value]) => {
    const change = then.changes.find((each) => each.fact === fact);
    if (!change) return [FACT_LABEL[fact], value];
    const now = fact === 'PAYER' ? payer : factText(fact, change.after);
    return [
      FACT_LABEL[fact],
      <>
        <mark className={classes.changed}>{value}</mark> <span className={classes.now}>today {now}</span>
      </>,
    ];
  });
}
