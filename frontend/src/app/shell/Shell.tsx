import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useKeyboard } from '@/app/commands/keyboard';
import { useCommands } from '@/app/commands/registry';
import { IdleWarning } from '@/app/session/IdleWarning';
import { useViewer } from '@/app/session/SessionContext';
import { undoLast } from '@/app/undo/undo';
import { DropAnywhere } from '@/app/uploads/DropAnywhere';
import { Header } from './Header';
import { Navigation } from './Navigation';
import { NoPermission } from './NoPermission';
import { partsOf, refusedAt, settingsOf } from './nav';
import classes from './shell.module.css';

const loadPalette = () => import('@/app/commands/Palette');
const loadKeyHelp = () => import('@/app/commands/KeyHelp');
const Palette = lazy(loadPalette);
const KeyHelp = lazy(loadKeyHelp);

const PREFETCH_AFTER_MS = 2_000;

/** What stands around every page. */
export function Shell() {
  const navigate = useNavigate();
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const { permissions } = useViewer();
  const path = useLocation({ select: (location) => location.pathname });
  const refused = refusedAt(path, permissions);
  useKeyboard(open === null);
  useEffect(() => {
    // Fetched while nothing else is, so that the first Ctrl-K opens at once.
    const fetching = setTimeout(() => void Promise.all([loadPalette(), loadKeyHelp()]), PREFETCH_AFTER_MS);
    return () => clearTimeout(fetching);
  }, []);
  useCommands([
    ...[...partsOf(permissions), ...settingsOf(permissions)].map(({ to, label, key }) => ({
      id: `go-${label}`,
      label,
      group: 'Go to' as const,
      keys: key && `g ${key}`,
      run: () => void navigate({ to }),
    })),
    { id: 'account', label: 'Your account', group: 'Go to', run: () => void navigate({ to: '/account' }) },
    { id: 'palette', label: 'Search and commands', group: 'View', keys: 'mod+k', run: () => setOpen('palette') },
    { id: 'help', label: 'Keys on this page', group: 'View', keys: '?', run: () => setOpen('help') },
    { id: 'undo', label: 'Undo the last action', group: 'Act', keys: 'z', run: () => void undoLast() },
  ]);

  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to content
      </a>
      <Header onSearch={() => setOpen('palette')} onHelp={() => setOpen('help')} />
      <Navigation />
      <main className={classes.main} id="content" tabIndex={-1}>
        {refused ? <NoPermission part={refused.label} permission={refused.permission} /> : <Outlet />}
      </main>
      <DropAnywhere />
      <IdleWarning />
      <Suspense>
        {open === 'palette' ? <Palette onClose={() => setOpen(null)} /> : null}
        {open === 'help' ? <KeyHelp onClose={() => setOpen(null)} /> : null}
      </Suspense>
    </div>
  );
}
