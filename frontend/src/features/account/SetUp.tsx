import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import classes from './account.module.css';
import { QrCode } from './QrCode';
import { RecoveryCodes } from './RecoveryCodes';
import { type Enrolment, useSecondFactor } from './useSecondFactor';

type SetUpProps = {
  /** The app is connected and the codes are on screen: they must not be closed by accident. */
  onConnected?: () => void;
  onDone: () => void;
  onCancel: () => void;
};

const inFours = (secret: string): string => secret.replace(/(.{4})(?=.)/g, '$1 ');

/** Scan and confirm, then recovery codes where this is the first second factor. */
export function SetUp({ onConnected, onDone, onCancel }: SetUpProps) {
  const { start, confirm } = useSecondFactor();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (enrolment && !value.trim()) return setProblem('Enter the code.');
    setBusy(true);
    setProblem('');
    const made = await (enrolment ? confirm(value.trim()) : start());
    setBusy(false);
    if ('message' in made) return setProblem(made.message);
    if ('secret' in made) return setEnrolment(made);
    if (made.length === 0) return onDone();
    setCodes(made);
    onConnected?.();
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
              label="Code"
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={10}
              autoFocus
              value={value}
              error={problem}
              onChange={(change) => {
                setValue(change.currentTarget.value);
                setProblem('');
              }}
            />
          </>
        ) : (
          <>
            <Text size="sm">
              It takes a minute and an authenticator app on your phone, which shows six digits that change every half
              minute.
            </Text>
            {problem ? (
              <p className={classes.problem} role="alert">
                {problem}
              </p>
            ) : null}
          </>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} data-autofocus>
            {enrolment ? 'Confirm' : 'Go on'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
