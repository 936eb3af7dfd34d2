import { PasswordInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Problem } from '@/graphql/problem';
import { FormDialog } from '@/ui/dialog/FormDialog';

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
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async () => {
    if (!password) return setProblem({ field: 'password', message: 'Enter your password.' });
    if (!code.trim()) return setProblem({ field: 'code', message: 'Enter the code.' });
    setProblem(await onProved({ password, code: code.trim() }));
  };
  const errorOf = (field: string) => (problem?.field === field ? problem.message : undefined);
  return (
    <FormDialog
      title={title}
      action={action}
      color={color}
      problem={problem && !['password', 'code'].includes(problem.field ?? '') ? problem.message : null}
      onSubmit={submit}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
