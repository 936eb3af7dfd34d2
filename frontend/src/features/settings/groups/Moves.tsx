import { formatCount, plural } from '@/lib/format';
import classes from './groups.module.css';
import type { Preview } from './useGroupActions';

/** How many claims would go from which group to which, counted by the server. */
export function Moves({ preview: { moves, notes } }: { preview: Preview }) {
  const total = moves.reduce((sum, { claims }) => sum + claims, 0);
  return (
    <section className={classes.moves} aria-label="What moves" aria-live="polite">
      {total > 0 ? (
        <>
          <p className={classes.total}>{plural(total, 'claim')} would move, of the past too:</p>
          <ul className={classes.list}>
            {moves.map(({ fromGroup, toGroup, claims }) => (
              <li key={`${fromGroup}→${toGroup}`}>
                <span>
                  {fromGroup} → {toGroup}
                </span>
                <span className={classes.number}>{formatCount(claims)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className={classes.total}>No claim would move.</p>
      )}
      {notes.map((note) => (
        <p key={note} className={classes.note}>
          {note}
        </p>
      ))}
    </section>
  );
}
