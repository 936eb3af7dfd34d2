import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { useWebhookActions } from './useWebhookActions';

/** Makes a webhook, then shows its secret this once. */
export function CreateWebhookDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const { create } = useWebhookActions();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);

  const submit = async () => {
    if (!name.trim()) return setProblem('Say which system will send.');
    const made = await create(name.trim());
    if ('secret' in made) setSecret(made.secret);
    else setProblem(made.message);
  };

  if (secret) return <SecretDialog what="secret" name={name.trim()} text={secret} onClose={onClose} />;
  return (
    <FormDialog title="Create a webhook" action="Create" onSubmit={submit} onClose={onClose}>
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
    </FormDialog>
  );
}
