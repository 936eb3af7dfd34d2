import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { Problem } from '@/graphql/problem';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './account.module.css';

type SureDialogProps = {
  title: string;
  about: string;
  action: string;
  color?: string;
  /** Resolves to what stood in the way, or null. */
  onSure: () => Promise<Problem | null>;
  onClose: () => void;
};

/** Asks before something that changes how one signs in. */
export function SureDialog({ title, about, action, color, onSure, onClose }: SureDialogProps) {
  useReturnFocus();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    const found = await onSure();
    setBusy(false);
    setProblem(found);
  };
  return (
    <Modal opened onClose={onClose} title={title} size="md">
      <Stack gap="sm">
        <Text size="sm">{about}</Text>
        {problem ? (
          <p className={classes.problem} role="alert">
            {problem.message}
          </p>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color={color} loading={busy} onClick={() => void go()}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
