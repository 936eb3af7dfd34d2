import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { useClient, useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { ConfirmIdentity, StepUpQuery } from './documents';
import classes from './signIn.module.css';

/** It may stand over another dialog, which would take Escape for itself. */
const OWN_ESCAPE = { 'data-mantine-stop-propagation': 'true' };

type Problem = { code?: string; field: string | null; message: string };

/** Asks for the password, and for a code where there is a second factor; what was wanted then goes on by itself. */
export default function StepUpDialog({ onAnswer }: { onAnswer: (confirmed: boolean) => void }) {
  useReturnFocus();
  // The button that wanted it is disabled meanwhile and cannot take the focus back: its dialog does.
  useEffect(
    () => () => {
      if (document.activeElement === document.body) document.querySelector<HTMLElement>('[role="dialog"]')?.focus();
    },
    [],
  );
  const client = useClient();
  const [{ data }] = useQuery({ query: StepUpQuery });
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const takesCode = Boolean(data?.secondFactor?.since) || problem?.code === 'SECOND_FACTOR_REQUIRED';

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!password) return setProblem({ field: 'password', message: 'Enter your password.' });
    if (takesCode && !code.trim()) return setProblem({ field: 'code', message: 'Enter the code.' });
    setBusy(true);
    const answer = await client.mutation(ConfirmIdentity, { password, code: code.trim() });
    setBusy(false);
    const confirmed = answer.data?.confirmIdentity;
    if (confirmed?.confirmedUntil) return onAnswer(true);
    setProblem(
      confirmed?.errors[0] ?? {
        field: null,
        message: answer.error ? explain(answer.error).message : 'The server did not do it. Try again.',
      },
    );
  };
  const cancel = () => onAnswer(false);
  const onKeyDown = (pressed: KeyboardEvent) => {
    if (pressed.key !== 'Escape') return;
    pressed.stopPropagation();
    cancel();
  };
  const errorOf = (field: string) => (problem?.field === field ? problem.message : undefined);
  return (
    <Modal
      opened
      onClose={cancel}
      title="Confirm that it is you"
      size="sm"
      centered
      zIndex={400}
      closeOnEscape={false}
      withCloseButton={false}
      onKeyDown={onKeyDown}
    >
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          <Text size="sm">This is asked again before what weighs most, and then not for five minutes.</Text>
          <PasswordInput
            label="Your password"
            autoComplete="current-password"
            data-autofocus
            {...OWN_ESCAPE}
            value={password}
            error={errorOf('password')}
            onChange={(change) => setPassword(change.currentTarget.value)}
          />
          {takesCode ? (
            <TextInput
              label="Code"
              description="Of your app, or a recovery code"
              autoComplete="one-time-code"
              spellCheck={false}
              maxLength={40}
              {...OWN_ESCAPE}
              value={code}
              error={errorOf('code')}
              onChange={(change) => setCode(change.currentTarget.value)}
            />
          ) : null}
          {problem && problem.field !== 'password' && problem.field !== 'code' ? (
            <p className={classes.problem} role="alert">
              {problem.message}
            </p>
          ) : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={cancel} {...OWN_ESCAPE}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} {...OWN_ESCAPE}>
              Confirm
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
