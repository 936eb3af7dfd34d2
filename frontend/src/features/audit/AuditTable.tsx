import { Link } from '@tanstack/react-router';
import type { ResultOf } from '@/graphql/tada';
import { formatCount, formatMoment } from '@/lib/format';
import { Facts } from '@/ui/Facts';
import { type Column, DataTable } from '@/ui/table/DataTable';
import classes from './audit.module.css';
import type { AuditEventFragment } from './documents';
import { NAMELESS, SYSTEM } from './filters';
import { TargetLink } from './TargetLink';

type AuditEvent = ResultOf<typeof AuditEventFragment>;

function Actor({ of: { kind, id, name } }: { of: AuditEvent['actor'] }) {
  return (
    <Link to="/audit" search={{ actor: id ?? SYSTEM }} className={name ? undefined : classes.gone}>
      {name ?? NAMELESS[kind]}
    </Link>
  );
}

const COLUMNS: Column<AuditEvent>[] = [
  { id: 'at', header: 'When', wrap: true, cell: ({ at }) => <time dateTime={at}>{formatMoment(at)}</time> },
  { id: 'who', header: 'Who', wrap: true, wideOnly: true, cell: ({ actor }) => <Actor of={actor} /> },
  {
    id: 'what',
    header: 'What',
    wrap: true,
    cell: (event) => (
      <>
        <span className={classes.label}>{event.label}</span>
        <span className={classes.byline}>
          <Actor of={event.actor} />
        </span>
        <Details of={event} />
      </>
    ),
  },
  {
    id: 'record',
    header: 'Record',
    wideOnly: true,
    cell: ({ target }) => (target ? <TargetLink target={target} /> : null),
  },
];

function Details({ of: { target, details, requestId, sequence, at } }: { of: AuditEvent }) {
  return (
    <details className={classes.details}>
      <summary>Details</summary>
      <Facts
        stacked
        facts={[
          ...details.map(({ name, value }) => [name, value] as const),
          ...(target ? [['Record', <TargetLink key="record" target={target} />] as const] : []),
          ...(target?.id ? [['Id of the record', target.id] as const] : []),
          ...(requestId ? [['Request', requestId] as const] : []),
          ['Exact time', `${at.slice(0, 19).replace('T', ' ')} UTC`] as const,
          ['Place in the chain', formatCount(sequence)],
        ]}
      />
      {target?.id ? (
        <Link to="/audit" search={{ type: target.type, id: target.id }}>
          Everything about this {target.label.toLowerCase()}
        </Link>
      ) : null}
    </details>
  );
}

export const AuditTable = ({ events, busy }: { events: readonly AuditEvent[]; busy: boolean }) => (
  <DataTable caption="Audit events" columns={COLUMNS} rows={events} rowKey={({ id }) => id} busy={busy} />
);
