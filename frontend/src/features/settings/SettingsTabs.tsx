import { Link } from '@tanstack/react-router';
import { useViewer } from '@/app/session/SessionContext';
import { settingsOf } from '@/app/shell/nav';
import classes from './settings.module.css';

export function SettingsTabs() {
  const { permissions } = useViewer();
  return (
    <nav className={classes.tabs} aria-label="Settings">
      {settingsOf(permissions).map(({ to, label }) => (
        <Link key={to} to={to} className={classes.tab} activeProps={{ 'aria-current': 'page' }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
