import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import classes from './detection.module.css';
import { WhomToAskQuery } from './documents';

const list = new Intl.ListFormat('en', { type: 'disjunction' });

/** For those who may read the settings but not change them. */
export function WhomToAsk() {
  const seesMembers = usePermission('MEMBERS_READ');
  const [{ data }] = useQuery({ query: WhomToAskQuery, pause: !seesMembers });
  const names = (data?.members ?? [])
    .filter(({ role }) => role === 'OWNER' || role === 'ADMIN')
    .map(({ name }) => name);
  return (
    <p className={classes.ask}>
      Owners and administrators change these settings. {names.length > 0 ? `Ask ${list.format(names)}.` : ''}
    </p>
  );
}
