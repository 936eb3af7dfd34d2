import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { IconFingerprint, IconUserShield } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { type CombinedError, useClient, useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { passkeysWork } from './SessionContext';
import classes from './signIn.module.css';
import { leaveForProvider, providerName } from './singleSignOn';
import { ConfirmIdentity, StartPasskeyConfirmation, StepUpQuery } from './stepUpDocuments';

/** It may stand over another dialog, which would take Escape for itself. */
const OWN_ESCAPE = { 'data-mantine-stop-propagation': 'true' };

const failureOf = (error: CombinedError | undefined): Problem => ({
  field: null,
  message: error ? explain(error).message : 'The server did not do it. Try again.',
});

type Problem = { code?: string; field: string | null; message: string };

/** Asks for a passkey, or the password and a code where there is a second factor; what was wanted goes on by itself. */
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
  const [provider, setProvider] = useState<string | null>(null);
  useEffect(() => {
    providerName().then(setProvider, () => undefined);
  }, []);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState<'password' | 'passkey' | 'provider' | null>(null);
  const takesCode = Boolean(data?.secondFactor?.since) || problem?.code === 'SECOND_FACTOR_REQUIRED';
  const takesPasskey = passkeysWork() && Boolean(data?.passkeys?.length);

  const confirm = async (way: 'password' | 'passkey', given: { password: string; code: string; passkey: string }) => {
    setBusy(way);
    const answer = await client.mutation(ConfirmIdentity, given);
    setBusy(null);
    const confirmed = answer.data?.confirmIdentity;
    if (confirmed?.confirmedUntil) return onAnswer(true);
    setProblem(confirmed?.errors[0] ?? failureOf(answer.error));
  };
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!password) return setProblem({ field: 'password', message: 'Enter your password.' });
    if (takesCode && !code.trim()) return setProblem({ field: 'code', message: 'Enter the code.' });
    void confirm('password', { password, code: code.trim(), passkey: '' });
  };
  const withPasskey = async () => {
    setBusy('passkey');
    setProblem(null);
    try {
      const { answerTo } = await import('./passkeys');
      const { data: asked, error } = await client.mutation(StartPasskeyConfirmation, {});
      const options = asked?.startPasskeyConfirmation?.options;
      if (options) return await confirm('passkey', { password: '', code: '', passkey: await answerTo(options) });
      setProblem(asked?.startPasskeyConfirmation?.errors[0] ?? failureOf(error));
    } catch (error) {
      setProblem({ field: null, message: (error as Error).message });
    }
    setBusy(null);
  };
  const goToProvider = async () => {
    setBusy('provider');
    setProblem(null);
    try {
      await leaveForProvider(true);
    } catch (error) {
      setProblem({ field: null, message: (error as Error).message });
      setBusy(null);
    }
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
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Text size="sm">This is asked again before what weighs most, and then not for five minutes.</Text>
          {takesPasskey ? (
            <Button
              fullWidth
              leftSection={<IconFingerprint size={18} />}
              loading={busy === 'passkey'}
              onClick={() => void withPasskey()}
              {...OWN_ESCAPE}
            >
              Use a passkey
            </Button>
          ) : null}
          {provider ? (
            <Button
              fullWidth
              variant="default"
              leftSection={<IconUserShield size={18} />}
              loading={busy === 'provider'}
              onClick={() => void goToProvider()}
              {...OWN_ESCAPE}
            >
              Sign in with {provider} again
            </Button>
          ) : null}
          {takesPasskey || provider ? <Text size="sm">Or with your password:</Text> : null}
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
              description={data?.secondFactor?.appSince ? 'Of your app, or a recovery code' : 'A recovery code'}
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
            <Button
              type="submit"
              variant={takesPasskey ? 'default' : 'filled'}
              loading={busy === 'password'}
              {...OWN_ESCAPE}
            >
              Confirm
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
