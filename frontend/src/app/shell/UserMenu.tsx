import {
  ActionIcon,
  Button,
  Popover,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { IconKeyboard, IconLogout, IconShieldLock, IconUserCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { letterKeys } from '@/app/commands/registry';
import { roleLabel } from '@/app/session/roles';
import { useSession, useViewer } from '@/app/session/SessionContext';
import { useStore } from '@/lib/store';
import { LinkButton } from '@/ui/LinkButton';
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
  const [open, setOpen] = useState(false);
  return (
    <Popover position="bottom-end" width={280} shadow="md" trapFocus opened={open} onChange={setOpen}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Account of ${viewer.name}`}
          onClick={() => setOpen(!open)}
        >
          <IconUserCircle size={22} stroke={1.6} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Account">
        <Stack gap="sm">
          <div className={classes.who}>
            <Text fw={600} size="sm">
              {viewer.name}
            </Text>
            <Text size="xs" c="dimmed">
              {viewer.email} · {roleLabel(viewer.role)}
            </Text>
          </div>
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
            size="sm"
            label="Single-letter keys"
            checked={letters}
            onChange={(event) => letterKeys.set(event.currentTarget.checked)}
          />
          <LinkButton
            to="/account"
            variant="default"
            size="xs"
            leftSection={<IconShieldLock size={16} />}
            onClick={() => setOpen(false)}
          >
            Your account
          </LinkButton>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconKeyboard size={16} />}
            onClick={() => {
              setOpen(false);
              onHelp();
            }}
          >
            Keys on this page
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconLogout size={16} />}
            onClick={() => void session.signOut('signed-out')}
          >
            Sign out
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
