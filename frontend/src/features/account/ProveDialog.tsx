import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './account.module.css';
import type { Problem } from './useSecondFactor';

type ProveDialogProps = {
  title: string;
  about: string;
  action: string;
  color?: string;
  /** Resolves to what stood in the way, or null. */
  onProved: (proof: { password: string; code: string }) => Promise<Problem | null>;
  onClose: () => void;
};

/** Asks for password and code before something that weakens how one signs in. */
export function ProveDialog({ title, about, action, color, onProved, onClose }: ProveDialogProps) {
  useReturnFocus();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!password) return setProblem({ field: 'password', message: 'Enter your password.' });
    if (!code.trim()) return setProblem({ field: 'code', message: 'Enter the code.' });
    setBusy(true);
    const found = await onProved({ password, code: code.trim() });
    setBusy(false);
    setProblem(found);
  };
  const errorOf = (field: string) => (problem?.field === field ? problem.message : undefined);
  return (
    <Modal opened onClose={onClose} title={title} size="md">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          <Text size="sm">{about}</Text>
          <PasswordInput
            label="Your password"
            autoComplete="current-password"
            data-autofocus
            value={password}
            error={errorOf('password')}
            onChange={(change) => setPassword(change.currentTarget.value)}
          />
          <TextInput
            label="Code"
            description="Of your app, or a recovery code"
            autoComplete="one-time-code"
            spellCheck={false}
            maxLength={40}
            value={code}
            error={errorOf('code')}
            onChange={(change) => setCode(change.currentTarget.value)}
          />
          {problem && problem.field !== 'password' && problem.field !== 'code' ? (
            <p className={classes.problem} role="alert">
              {problem.message}
            </p>
          ) : null}
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
