import { Link } from '@tanstack/react-router';
import { useViewer } from '@/app/session/SessionContext';
import classes from './settings.module.css';

const PARTS = [
  { to: '/settings/detection', label: 'Detection', permission: 'SIGNALS_READ' },
  { to: '/settings/events', label: 'Known events', permission: 'SIGNALS_READ' },
  { to: '/settings/groups', label: 'Service groups', permission: 'PAYERS_READ' },
  { to: '/settings/locations', label: 'Locations', permission: 'PAYERS_READ' },
  { to: '/settings/members', label: 'Members', permission: 'MEMBERS_READ' },
  { to: '/settings/keys', label: 'Service keys', permission: 'SERVICE_KEYS_WRITE' },
  { to: '/settings/webhooks', label: 'Webhooks', permission: 'SERVICE_KEYS_WRITE' },
  { to: '/settings/addresses', label: 'Alert addresses', permission: 'SERVICE_KEYS_WRITE' },
] as const;

export function SettingsTabs() {
  const { permissions } = useViewer();
  return (
    <nav className={classes.tabs} aria-label="Settings">
      {PARTS.filter(({ permission }) => permissions.includes(permission)).map(({ to, label }) => (
        <Link key={to} to={to} className={classes.tab} activeProps={{ 'aria-current': 'page' }}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
