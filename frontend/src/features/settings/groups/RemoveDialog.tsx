import { Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './groups.module.css';
import { Moves } from './Moves';
import { isPreview, type Preview, type ServiceGroup, useGroupActions } from './useGroupActions';

/** Asks before, with where its claims would go. */
export function RemoveDialog({ group, onClose }: { group: ServiceGroup; onClose: () => void }) {
  useReturnFocus();
  const { preview: look, remove } = useGroupActions();
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let open = true;
    void look(group.id, null).then((answer) => {
      if (!open) return;
      if (isPreview(answer)) setPreview(answer);
      else setProblem(answer.message);
    });
    return () => {
      open = false;
    };
  }, [group.id, look]);
  const confirm = async () => {
    setBusy(true);
    const found = await remove(group.id);
    if (!found) return onClose();
    setProblem(found.message);
    setBusy(false);
  };

  return (
    <Modal opened onClose={onClose} title={`Remove “${group.name}”?`} size="md">
      <Stack gap="sm">
        <Text size="sm">
          Its claims go to the groups that their codes fall into without it. Alerts about it stay, with its name.
        </Text>
        {preview ? <Moves preview={preview} /> : problem ? null : <Skeleton height={60} />}
        {problem ? (
          <p className={classes.problem} role="alert">
            {problem}
          </p>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={busy} disabled={!preview} onClick={() => void confirm()}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
