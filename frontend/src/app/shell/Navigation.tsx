import { Link, useLocation } from '@tanstack/react-router';
import { useViewer } from '@/app/session/SessionContext';
import { belongsTo, partsOf } from './nav';
import classes from './shell.module.css';

/** The parts of the product this person may see: a side bar, on a phone a bottom bar. */
export function Navigation() {
  const { permissions } = useViewer();
  const path = useLocation({ select: (location) => location.pathname });
  return (
    <nav className={classes.nav} aria-label="Main">
      <ul>
        {partsOf(permissions).map(({ to, also, label, icon: Icon }) => {
          const active = belongsTo(path, { to, also });
          return (
            <li key={to}>
              <Link
                to={to}
                className={classes.link}
                data-active={active || undefined}
                aria-current={active ? 'page' : undefined}
              >
                <Icon size={19} stroke={1.7} aria-hidden="true" />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
