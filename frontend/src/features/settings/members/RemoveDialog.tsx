import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './members.module.css';
import { type Member, useMemberActions } from './useMemberActions';

/** Asks before, because somebody loses their access at once. */
export function RemoveDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  useReturnFocus();
  const { remove } = useMemberActions();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    const found = await remove(member);
    setBusy(false);
    if (found) setProblem(found.message);
    else onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Remove ${member.name}?`} size="md">
      <Stack gap="sm">
        <Text size="sm">
          {member.name} is signed out here and sees nothing of this organization any more, from this moment on. What
          they did stays, and so do service keys they made: look through those as well.
        </Text>
        {problem ? (
          <p className={classes.problem} role="alert">
            {problem}
          </p>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
