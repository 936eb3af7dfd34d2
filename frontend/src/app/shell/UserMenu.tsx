import { ActionIcon, Menu, SegmentedControl, Switch, Text, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { IconKeyboard, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { letterKeys } from '@/app/commands/registry';
import { roleLabel } from '@/app/session/roles';
import { useSession, useViewer } from '@/app/session/SessionContext';
import { useStore } from '@/lib/store';
import classes from './userMenu.module.css';

const SCHEMES = [
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
  { value: 'auto', label: 'Auto' },
] as const;

export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const viewer = useViewer();
  const session = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const letters = useStore(letterKeys);
  return (
    <Menu position="bottom-end" width={270} shadow="md" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Account of ${viewer.name}`}>
          <IconUserCircle size={22} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown role="group" aria-label="Account">
        <div className={classes.who}>
          <Text fw={600} size="sm">
            {viewer.name}
          </Text>
          <Text size="xs" c="dimmed">
            {viewer.email} · {roleLabel(viewer.role)}
          </Text>
        </div>
        <Menu.Divider />
        <div className={classes.setting}>
          <VisuallyHidden id="scheme-label">Appearance</VisuallyHidden>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-labelledby="scheme-label"
            data={[...SCHEMES]}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
          />
          <Switch
            mt="sm"
            size="sm"
            label="Single-letter keys"
            checked={letters}
            onChange={(event) => letterKeys.set(event.currentTarget.checked)}
          />
        </div>
        <Menu.Divider />
        <Menu.Item closeMenuOnClick leftSection={<IconKeyboard size={16} />} onClick={onHelp}>
          Keys on this page
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void session.signOut('signed-out')}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
