import { Badge, Checkbox } from '@mantine/core';
import { IconClockPause, IconTrendingDown, IconTrendingUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Ref } from 'react';
import type { InboxSearch } from '@/app/urls';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { certaintyWords, formatCertainty, formatDate, formatDollars } from '@/lib/format';
import { AlertRowFragment } from '../documents';
import { KIND_LABEL, STATE_LABEL, VERDICT_LABEL } from '../words';
import classes from './inbox.module.css';

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
  const Icon =
    signal.direction === 'BETTER'
      ? IconTrendingDown
      : signal.kind === 'PAYMENT_DELAY'
        ? IconClockPause
        : IconTrendingUp;
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
            {signal.serviceGroup ? ` · ${signal.serviceGroup.name}` : ''}
          </span>
          <span>since {formatDate(signal.changeDate)}</span>
          {alert.assignee ? <span>{alert.assignee.name}</span> : null}
          {alert.state === 'OPEN' ? null : (
            <Badge size="sm" variant="light" color="gray">
              {STATE_LABEL[alert.state]}
              {alert.state === 'SNOOZED' && alert.snoozedUntil ? ` until ${formatDate(alert.snoozedUntil)}` : ''}
            </Badge>
          )}
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
