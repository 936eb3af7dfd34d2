import { Kbd, UnstyledButton } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { ExportTray } from '@/app/exports/ExportTray';
import { usePermission, useViewer } from '@/app/session/SessionContext';
import { Logo } from '@/ui/Logo';
import { homeOf } from './nav';
import { OrganizationMenu } from './OrganizationMenu';
import classes from './shell.module.css';
import { UserMenu } from './UserMenu';

export function Header({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }) {
  const mayExport = usePermission('EXPORTS_READ');
  const home = homeOf(useViewer().permissions);
  return (
    <header className={classes.header}>
      <Link to={home} className={classes.brand} aria-label={home === '/inbox' ? 'Upstream, to the inbox' : 'Upstream'}>
        <Logo />
        <span>Upstream</span>
      </Link>
      <OrganizationMenu />
      <div className={classes.spacer} />
      <UnstyledButton className={classes.search} onClick={onSearch}>
        <IconSearch size={17} stroke={1.7} aria-hidden="true" />
        <span>Search or run a command</span>
        <Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      {mayExport ? <ExportTray /> : null}
      <UserMenu onHelp={onHelp} />
    </header>
  );
}
