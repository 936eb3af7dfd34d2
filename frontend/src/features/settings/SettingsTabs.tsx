import { Link } from '@tanstack/react-router';
import classes from './settings.module.css';

const PARTS = [
  { to: '/settings/detection', label: 'Detection' },
  { to: '/settings/events', label: 'Known events' },
] as const;

export function SettingsTabs() {
  return (
    <nav className={classes.tabs} aria-label="Settings">
      {PARTS.map(({ to, label }) => (
        <Link key={to} to={to} className={classes.tab} activeProps={{ 'aria-current': 'page' }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
