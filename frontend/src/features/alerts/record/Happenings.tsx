import { usePermission } from '@/app/session/SessionContext';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatDate } from '@/lib/format';
import { Card } from '@/ui/Card';
import { TextLink } from '@/ui/LinkButton';
import { HappeningsFragment } from './documents';
import { happeningsOf } from './happenings';
import classes from './happenings.module.css';

/** What was known of, and what the practice changed itself, near the change; numbered as on the chart. */
export function Happenings({ data }: { data: FragmentOf<typeof HappeningsFragment> }) {
  const signal = readFragment(HappeningsFragment, data);
  const mayWrite = usePermission('KNOWN_EVENTS_WRITE');
  const happenings = happeningsOf(signal);
  return (
    <Card
      title="What else happened then"
      note="Known events and your own changes near the change; none of them silences an alert"
      aside={
        <TextLink to="/settings/events" size="sm">
          {mayWrite ? 'Add an event' : 'Known events'}
        </TextLink>
      }
    >
      {happenings.length === 0 ? (
        <p className={classes.empty}>
          Nothing is on record around {formatDate(signal.changeDate)}: no known event, no new location or provider, no
          edited service group or payer.
        </p>
      ) : (
        <ol className={classes.list}>
          {happenings.map(({ number, key, from, to, title, about, note }) => (
            <li key={key}>
              <span className={classes.number} aria-hidden="true">
                {number}
              </span>
              <div>
                <span className={classes.title}>{title}</span>
                <span className={classes.about}>
                  {formatDate(from)}
                  {to === from ? '' : ` to ${formatDate(to)}`} · {about}
                </span>
                {note ? <span className={classes.note}>{note}</span> : null}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
