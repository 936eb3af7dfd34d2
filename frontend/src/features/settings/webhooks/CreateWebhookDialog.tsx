import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { type Made, useWebhookActions } from './useWebhookActions';

/** Makes a webhook, then shows its secret this once. */
export function CreateWebhookDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const { create } = useWebhookActions();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<Extract<Made, { secret: string }> | null>(null);

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!name.trim()) return setProblem('Say which system will send.');
    setBusy(true);
    const found = await create(name.trim());
    setBusy(false);
    if ('secret' in found) setMade(found);
    else setProblem(found.problem);
  };

  if (made) return <SecretDialog what="secret" name={made.webhook.name} text={made.secret} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="Create a webhook" size="md">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="The system that will send"
            placeholder="Health record"
            maxLength={80}
            data-autofocus
            value={name}
            error={problem}
            onChange={(change) => {
              setName(change.currentTarget.value);
              setProblem(null);
            }}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
