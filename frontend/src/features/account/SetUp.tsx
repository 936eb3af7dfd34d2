import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import classes from './account.module.css';
import { QrCode } from './QrCode';
import { RecoveryCodes } from './RecoveryCodes';
import { type Enrolment, useSecondFactor } from './useSecondFactor';

type SetUpProps = {
  /** The app is connected and the codes are on screen: they must not be closed by accident. */
  onConnected?: () => void;
  onDone: () => void;
  onCancel?: () => void;
};

const inFours = (secret: string): string => secret.replace(/(.{4})(?=.)/g, '$1 ');

/** Password, then scan and confirm, then the recovery codes. */
export function SetUp({ onConnected, onDone, onCancel }: SetUpProps) {
  const { start, confirm } = useSecondFactor();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!value.trim()) return setProblem(enrolment ? 'Enter the code.' : 'Enter your password.');
    setBusy(true);
    setProblem('');
    const made = await (enrolment ? confirm(value.trim()) : start(value));
    setBusy(false);
    if ('message' in made) return setProblem(made.message);
    setValue('');
    if ('secret' in made) return setEnrolment(made);
    setCodes(made);
    onConnected?.();
  };
  const change = (text: string) => {
    setValue(text);
    setProblem('');
  };

  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  return (
    <form onSubmit={(submitted) => void submit(submitted)} noValidate>
      <Stack gap="sm">
        {enrolment ? (
          <>
            <Text size="sm">Scan this with an authenticator app, then enter the six digits it shows.</Text>
            <QrCode rows={enrolment.qr} label="QR code for the authenticator app" className={classes.qr} />
            <p className={classes.secret}>
              Or type this key into the app: <code>{inFours(enrolment.secret)}</code>
            </p>
            <TextInput
              key="code"
              label="Code"
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={10}
              autoFocus
              value={value}
              error={problem}
              onChange={(changed) => change(changed.currentTarget.value)}
            />
          </>
        ) : (
          <PasswordInput
            key="password"
            label="Your password"
            description="Once more, so that nobody else can do this at your desk"
            autoComplete="current-password"
            data-autofocus
            value={value}
            error={problem}
            onChange={(changed) => change(changed.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          {onCancel ? (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          ) : null}
          <Button type="submit" loading={busy}>
            {enrolment ? 'Confirm' : 'Go on'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
