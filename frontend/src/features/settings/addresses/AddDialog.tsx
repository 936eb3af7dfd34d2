import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Problem } from '@/graphql/problem';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { useAddressActions } from './useAddressActions';

/** Adds an address, then shows the secret that its messages are signed with, this once. */
export function AddDialog({ onClose }: { onClose: () => void }) {
  // One dialog follows the other: the focus goes back to what opened the first.
  useReturnFocus();
  const { create } = useAddressActions();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [secret, setSecret] = useState<string | null>(null);

  const submit = async () => {
    if (!name.trim()) return setProblem({ field: 'name', message: 'Say which system listens.' });
    if (!url.trim()) return setProblem({ field: 'url', message: 'Enter its address.' });
    const made = await create(name.trim(), url.trim());
    if ('secret' in made) setSecret(made.secret);
    else setProblem(made);
  };
  const errorOf = (field: string) => (problem?.field === field ? problem.message : undefined);

  if (secret) return <SecretDialog what="secret" name={name.trim()} text={secret} onClose={onClose} />;
  return (
    <FormDialog
      title="Add an alert address"
      action="Add"
      problem={problem && !['name', 'url'].includes(problem.field ?? '') ? problem.message : null}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        description="The system that listens"
        placeholder="Team chat"
        maxLength={80}
        data-autofocus
        value={name}
        error={errorOf('name')}
        onChange={(change) => {
          setName(change.currentTarget.value);
          setProblem(null);
        }}
      />
      <TextInput
        label="Address"
        description="Begins with https:// and can be reached from the internet"
        placeholder="https://hooks.example.org/upstream"
        type="url"
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        value={url}
        error={errorOf('url')}
        onChange={(change) => {
          setUrl(change.currentTarget.value);
          setProblem(null);
        }}
      />
      <Text size="sm">
        New alerts are told with their headline and a link: payers, services and figures, and nothing of patients.
      </Text>
    </FormDialog>
  );
}
