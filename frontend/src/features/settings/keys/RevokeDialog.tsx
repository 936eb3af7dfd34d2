import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './keys.module.css';
import { type ServiceKey, useKeyActions } from './useKeyActions';
import { lastUseWords } from './words';

/** Asks before, because nothing takes it back. */
export function RevokeDialog({ serviceKey, onClose }: { serviceKey: ServiceKey; onClose: () => void }) {
  useReturnFocus();
  const { revoke } = useKeyActions();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    const found = await revoke(serviceKey);
    setBusy(false);
    if (found) setProblem(found.message);
    else onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Revoke “${serviceKey.name}”?`} size="md">
      <Stack gap="sm">
        <Text size="sm">
          The system that holds it can hand nothing in any more, from this moment on and for good. Last use:{' '}
          {lastUseWords(serviceKey).toLowerCase()}.
        </Text>
        {problem ? (
          <p className={classes.problem} role="alert">
            {problem}
          </p>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()}>
            Revoke
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
