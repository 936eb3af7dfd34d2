import { Button } from '@mantine/core';
import { useId, useState } from 'react';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { graphql } from '@/graphql/tada';
import { KIND_LABEL } from '@/graphql/words';
import { formatDate, formatDollars, plural } from '@/lib/format';
import { TextLink } from '@/ui/LinkButton';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import classes from './waiting.module.css';

const SHOWN = 25;

const WaitingCountQuery = graphql(`
  query WaitingCount {
    signalsWaiting
  }
`);

const WaitingSignalsQuery = graphql(`
  query WaitingSignals($first: Int!) {
    signals(filter: { withoutAlert: true }, orderBy: DOLLARS_DESC, first: $first) {
      items {
        id
        kind
        headline
        changeDate
        dollarsPerWeek
      }
    }
  }
`);

/** Changes that would be alerts, had the week's budget room for them: counted always, listed when asked for. */
export function WaitingSignals() {
  const [{ data }] = useQuery({ query: WaitingCountQuery });
  const mayRead = usePermission('SIGNALS_READ');
  const [open, setOpen] = useState(false);
  const id = useId();
  const count = data?.signalsWaiting;
  if (!count) return null;
  return (
    <section className={classes.waiting} aria-label="Changes that wait">
      <div className={classes.head}>
        <span>
          {plural(count, 'more change')} {count === 1 ? 'waits' : 'wait'} for room in the weekly number of alerts.
        </span>
        {mayRead ? (
          <span className={classes.actions}>
            <Button
              size="compact-sm"
              variant="default"
              aria-expanded={open}
              aria-controls={id}
              onClick={() => setOpen(!open)}
            >
              {open ? 'Hide them' : 'Show them'}
            </Button>
            <TextLink to="/settings/detection" size="sm">
              Alerts a week
            </TextLink>
          </span>
        ) : null}
      </div>
      <div id={id}>{open ? <List /> : null}</div>
    </section>
  );
}

function List() {
  const [{ data, error }, ask] = useQuery({ query: WaitingSignalsQuery, variables: { first: SHOWN } });
  const signals = data?.signals?.items;
  if (!signals) {
    return error ? (
      <ErrorNotice
        what="these changes"
        failure={explain(error)}
        onRetry={() => ask({ requestPolicy: 'network-only' })}
      />
    ) : null;
  }
  return (
    <ul className={classes.list}>
      {signals.map(({ id, kind, headline, changeDate, dollarsPerWeek }) => (
        <li key={id}>
          <span>
            <TextLink to="/claims" search={{ signal: id }} size="sm">
              {headline}
            </TextLink>
            <span className={classes.about}>
              {KIND_LABEL[kind]} · since {formatDate(changeDate)}
            </span>
          </span>
          <span className={classes.money}>{formatDollars(dollarsPerWeek)} a week</span>
        </li>
      ))}
    </ul>
  );
}
