import { Link } from '@tanstack/react-router';
import { formatDate, formatMoment, formatMoney } from '@/lib/format';
import { CodeText } from '@/ui/CodeText';
import classes from './history.module.css';
import { type ClaimEvent as Event, eventTitle, FACT_LABEL, factText } from './words';

/** One event: its day, what happened in words, why, what it changed, and the file that told it. */
export function ClaimEvent({ event, late }: { event: Event; late: boolean }) {
  return (
    <li>
      <span className={classes.title}>
        {event.happenedOn ? <span className={classes.day}>{formatDate(event.happenedOn)}</span> : null}{' '}
        {eventTitle(event, late)}
      </span>
      {event.certain ? null : (
        <span className={classes.detail}>
          The file held several sets; which of them held this claim is not kept, so this may not be about it.
        </span>
      )}
      {event.changes.length > 0 ? (
        <ul className={classes.changes} aria-label="Changed">
          {event.changes.map(({ fact, before, after }) => (
            <li key={fact}>
              {FACT_LABEL[fact]}{' '}
              {fact === 'PAYER' ? (
                (event.payer?.name ?? '')
              ) : before === null ? (
                factText(fact, after)
              ) : (
                <>
                  <del>{factText(fact, before)}</del> → {factText(fact, after)}
                </>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      {amounts(event).map(detail)}
      {event.reasons.map(({ groupCode, reasonCode, label, text, amount }) => (
        <div key={`${groupCode}-${reasonCode}`} className={classes.detail}>
          <CodeText code={`${groupCode}-${reasonCode}`} label={`${label}: ${formatMoney(amount)}`} text={text} />
        </div>
      ))}
      {event.remarks.map((remark) => (
        <div key={remark.code} className={classes.detail}>
          <CodeText {...remark} />
        </div>
      ))}
      {acknowledged(event).map(detail)}
      <span className={classes.source}>
        {event.traceNumber ? `Payment ${event.traceNumber}, claim ${event.place} in it · ` : ''}
        {event.upload ? (
          <Link to="/uploads/$uploadId" params={{ uploadId: event.upload.id }}>
            {event.upload.fileName}
          </Link>
        ) : (
          'A file'
        )}
        {' · came in '}
        <time dateTime={event.knownAt}>{formatMoment(event.knownAt)}</time>
      </span>
    </li>
  );
}

const detail = (text: string) => (
  <span key={text} className={classes.detail}>
    {text}
  </span>
);

/** What a decision came to, where its changes do not say it. */
function amounts(event: Event): string[] {
  const unshown = event.kind === 'LATER_PAYER' || event.kind === 'REVERSED' || event.changes.length === 0;
  const known: [string, string | null][] = [
    ['paid', event.paidAmount],
    ['allowed', event.allowedAmount],
    ['left to the patient', event.patientResponsibility],
  ];
  const told = known.filter(([, amount]) => amount !== null).map(([name, amount]) => `${name} ${formatMoney(amount)}`);
  return unshown && told.length > 0 ? [`${event.payer?.name ?? 'The payer'}: ${told.join(', ')}`] : [];
}

/** Statuses and errors of an acknowledgement, with their codes. */
function acknowledged(event: Event): string[] {
  return [
    ...event.statuses.map(
      ({ category, categoryLabel, code, label, procedureCode }) =>
        `${category} ${categoryLabel}: ${code} ${label}${procedureCode ? `, line ${procedureCode}` : ''}`,
    ),
    ...(event.errors ?? []).map(
      ({ label, segment, position }) => `${label}${segment ? `: ${segment}, segment ${position} of the set` : ''}`,
    ),
  ];
}
