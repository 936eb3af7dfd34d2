import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from '../keys/keys.module.css';
import { useWebhookActions, type Webhook } from './useWebhookActions';

export type Asked = { webhook: Webhook; what: 'rotate' | 'revoke' };

/** Asks before, because nothing takes it back. */
export function AskDialog({ webhook, what, onClose }: Asked & { onClose: () => void }) {
  useReturnFocus();
  const { rotate, revoke } = useWebhookActions();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const confirm = async () => {
    setBusy(true);
    const made = what === 'rotate' ? await rotate(webhook) : { problem: await revoke(webhook) };
    setBusy(false);
    if ('secret' in made) setSecret(made.secret);
    else if (made.problem) setProblem(made.problem);
    else onClose();
  };
  if (secret) return <SecretDialog what="secret" name={webhook.name} text={secret} onClose={onClose} />;
  const word = what === 'rotate' ? 'Rotate' : 'Revoke';
  return (
    <Modal opened onClose={onClose} title={`${word} “${webhook.name}”?`} size="md">
      <Stack gap="sm">
        <Text size="sm">
          {what === 'rotate'
            ? 'The secret it has now counts no more, from this moment on: what the system sends is refused until it has the new one.'
            : 'The system that sends to it is refused, from this moment on and for good.'}
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
            {word}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
