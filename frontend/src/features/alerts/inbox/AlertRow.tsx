import { Badge, Checkbox } from '@mantine/core';
import { IconArrowBackUp, IconClockPause, IconTrendingDown, IconTrendingUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Ref } from 'react';
import type { InboxSearch } from '@/app/urls';
import { streamPart } from '@/graphql/measures';
import { type FragmentOf, readFragment, type SignalKind } from '@/graphql/tada';
import { KIND_LABEL } from '@/graphql/words';
import { certaintyWords, formatCertainty, formatDate, formatDollars } from '@/lib/format';
import { AlertRowFragment } from '../documents';
import { STATE_LABEL, VERDICT_LABEL } from '../words';
import classes from './inbox.module.css';

const WORSE: Record<SignalKind, typeof IconTrendingUp> = {
  DENIAL_RATE: IconTrendingUp,
  DENIAL_COHORT: IconTrendingUp,
  DENIAL_DOLLARS: IconTrendingUp,
  PAYMENT_DELAY: IconClockPause,
  TAKEBACK: IconArrowBackUp,
};

type AlertRowProps = {
  data: FragmentOf<typeof AlertRowFragment>;
  search: InboxSearch;
  selectable: boolean;
  selected: boolean;
  onToggle: () => void;
  onFocus: () => void;
  linkRef: Ref<HTMLAnchorElement>;
};

export function AlertRow({ data, search, selectable, selected, onToggle, onFocus, linkRef }: AlertRowProps) {
  const alert = readFragment(AlertRowFragment, data);
  const { signal } = alert;
  const urgent = alert.state === 'OPEN' && signal.direction === 'WORSE';
  const Icon = signal.direction === 'BETTER' ? IconTrendingDown : WORSE[signal.kind];
  const part = streamPart(signal);
  return (
    <li className={classes.row} data-urgent={urgent || undefined} data-selected={selected || undefined}>
      {selectable ? (
        <Checkbox
          className={classes.check}
          size="sm"
          checked={selected}
          onChange={onToggle}
          aria-label={`Select: ${alert.headline}`}
        />
      ) : null}
      <Icon className={classes.icon} size={20} stroke={1.7} aria-hidden="true" />
      <div className={classes.what}>
        <Link
          ref={linkRef}
          to="/alerts/$alertId"
          params={{ alertId: alert.id }}
          search={search}
          className={classes.headline}
          onFocus={onFocus}
        >
          {alert.headline}
        </Link>
        <div className={classes.meta}>
          <span>{KIND_LABEL[signal.kind]}</span>
          <span>
            {alert.payer.name}
            {part ? ` · ${part}` : ''}
          </span>
          <span>since {formatDate(signal.changeDate)}</span>
          {signal.scope === 'EVERYWHERE' ? <span>other payers too</span> : null}
          {alert.assignee ? <span>{alert.assignee.name}</span> : null}
          {alert.state === 'OPEN' ? null : (
            <Badge size="sm" variant="light" color="gray">
              {STATE_LABEL[alert.state]}
              {alert.state === 'SNOOZED' && alert.snoozedUntil ? ` until ${formatDate(alert.snoozedUntil)}` : ''}
            </Badge>
          )}
          {alert.takenBack.some(({ lookedAgainAt }) => lookedAgainAt === null) ? (
            <Badge size="sm" variant="light" color="yellow">
              Evidence taken back
            </Badge>
          ) : null}
          {alert.judgement ? (
            <Badge size="sm" variant="outline" color="gray">
              {VERDICT_LABEL[alert.judgement.verdict]}
            </Badge>
          ) : null}
        </div>
      </div>
      <div className={classes.sure}>
        <span className={classes.words}>{certaintyWords(signal.certainty)}</span>
        <span className={classes.small}>{formatCertainty(signal.certainty)}</span>
      </div>
      <div className={classes.money}>
        <span className={classes.amount}>{formatDollars(signal.dollarsPerWeek)}</span>
        <span className={classes.small}>a week</span>
      </div>
    </li>
  );
}
