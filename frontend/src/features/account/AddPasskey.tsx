import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { Problem } from '@/graphql/problem';
import classes from './account.module.css';
import { RecoveryCodes } from './RecoveryCodes';
import { usePasskeys } from './usePasskeys';

type AddPasskeyProps = {
  /** It is there and recovery codes are on screen: they must not be closed by accident. */
  onCodes?: () => void;
  onDone: () => void;
  onCancel: () => void;
};

/** The device in front of somebody, as they would call it. */
const thisDevice = (): string =>
  /iPhone|iPad|Android|Macintosh|Windows|CrOS|Linux/.exec(navigator.userAgent)?.[0]?.replace('Macintosh', 'Mac') ?? '';

/** A name, then the browser's own question, then recovery codes where this is the first second factor. */
export function AddPasskey({ onCodes, onDone, onCancel }: AddPasskeyProps) {
  const { add } = usePasskeys();
  const [name, setName] = useState(thisDevice);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!name.trim()) return setProblem({ field: 'name', message: 'Say which device holds it.' });
    setBusy(true);
    setProblem(null);
    const made = await add(name.trim());
    setBusy(false);
    if ('message' in made) return setProblem(made);
    if (made.length === 0) return onDone();
    setCodes(made);
    onCodes?.();
  };

  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  return (
    <form onSubmit={(submitted) => void submit(submitted)} noValidate>
      <Stack gap="sm">
        <Text size="sm">
          Your browser asks next where to keep the passkey: on this device, on your phone or on a security key.
        </Text>
        <TextInput
          label="Name"
          description="Which device holds it"
          maxLength={80}
          data-autofocus
          value={name}
          error={problem?.field === 'name' ? problem.message : undefined}
          onChange={(change) => setName(change.currentTarget.value)}
        />
        {problem && problem.field !== 'name' ? (
          <p className={classes.problem} role="alert">
            {problem.message}
          </p>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Go on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
