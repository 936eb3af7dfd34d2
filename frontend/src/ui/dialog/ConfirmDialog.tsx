import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useReturnFocus } from '../useReturnFocus';
import { DialogProblem } from './DialogProblem';

type ConfirmDialogProps = {
  title: string;
  action: string;
  keep?: string;
  /** Resolves to what stood in the way; closes the dialog where nothing did. */
  onConfirm: () => Promise<string | null>;
  onClose: () => void;
  children: ReactNode;
};

/** Asks before something that takes away: Enter keeps it. */
export function ConfirmDialog({ title, action, keep = 'Keep it', onConfirm, onClose, children }: ConfirmDialogProps) {
  useReturnFocus();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    setProblem(await onConfirm());
    setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} title={title} size="md">
      <Stack gap="sm">
        <Text size="sm">{children}</Text>
        <DialogProblem message={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {keep}
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
