import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useKeyboard } from '@/app/commands/keyboard';
import { useCommands } from '@/app/commands/registry';
import { IdleWarning } from '@/app/session/IdleWarning';
import { undoLast } from '@/app/undo/undo';
import { DropAnywhere } from '@/app/uploads/DropAnywhere';
import { Header } from './Header';
import { Navigation } from './Navigation';
import { NAVIGATION } from './nav';
import classes from './shell.module.css';

const Palette = lazy(() => import('@/app/commands/Palette'));
const KeyHelp = lazy(() => import('@/app/commands/KeyHelp'));

/** What stands around every page. */
export function Shell() {
  const navigate = useNavigate();
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  useKeyboard();
  useCommands([
    ...NAVIGATION.map(({ to, label, key }) => ({
      id: `go-${label}`,
      label,
      group: 'Go to' as const,
      keys: `g ${key}`,
      run: () => void navigate({ to }),
    })),
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
        <Outlet />
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
