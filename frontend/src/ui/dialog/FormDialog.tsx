import { Button, Group, Modal, Stack } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useReturnFocus } from '../useReturnFocus';
import { DialogProblem } from './DialogProblem';

type FormDialogProps = {
  title: string;
  /** What the button says that sends it. */
  action: string;
  color?: string;
  /** What stands in the way and is of no field. */
  problem?: string | null;
  /** Closes the dialog where it was done. */
  onSubmit: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
};

/** A form to fill in and send, by button or Enter. It stays open for what has to be mended. */
export function FormDialog({ title, action, color, problem, onSubmit, onClose, children }: FormDialogProps) {
  useReturnFocus();
  const [busy, setBusy] = useState(false);
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    setBusy(true);
    await onSubmit();
    setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} title={title} size="md">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          {children}
          <DialogProblem message={problem} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color={color} loading={busy}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
