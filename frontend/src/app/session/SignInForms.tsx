import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDocumentTitle } from '@mantine/hooks';
import { IconFingerprint } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { Logo } from '@/ui/Logo';
import { CodeForm } from './CodeForm';
import { ProviderButton } from './ProviderButton';
import { signInWithPasskey } from './passkeySignIn';
import { passkeysWork, useSession } from './SessionContext';
import type { SecondStep, SignedOutReason, SignInOutcome } from './session';
import classes from './signIn.module.css';
import { leaveForProvider, providerName } from './singleSignOn';

const WHY: Record<Exclude<SignedOutReason, null>, string> = {
  idle: 'You were signed out because nothing was touched for a while. Sign in to go on where you were; what you had typed is kept.',
  expired: 'Your session has ended. Sign in to go on where you were.',
  'signed-out': 'You are signed out.',
};

/**
 * The password, or what stands for it, and then the second factor. `before` is what came of single sign-on.
 */
export function SignInForms({ reason, before }: { reason: SignedOutReason; before?: SignInOutcome }) {
  useDocumentTitle('Sign in · Upstream');
  const [step, setStep] = useState<SecondStep | null>(before?.type === 'challenge' ? before : null);
  const [problem, setProblem] = useState<string | null>(before?.type === 'problem' ? before.message : null);
  // Undefined until it is known: a button that came later would move the others. Without an answer there is none.
  const [provider, setProvider] = useState<string | null>();
  useEffect(() => {
    providerName().then(setProvider, () => setProvider(null));
  }, []);
  const again = (message: string | null) => {
    setStep(null);
    setProblem(message);
  };
  return (
    <main className={classes.page}>
      {step ? (
        <CodeForm step={step} onPasswordAgain={again} />
      ) : provider === undefined ? null : (
        <PasswordForm
          reason={reason}
          provider={provider}
          problem={problem}
          onProblem={setProblem}
          onSecondStep={setStep}
        />
      )}
    </main>
  );
}

type Way = 'password' | 'passkey' | 'provider';

type PasswordFormProps = {
  reason: SignedOutReason;
  provider: string | null;
  problem: string | null;
  onProblem: (problem: string | null) => void;
  onSecondStep: (step: SecondStep) => void;
};

function PasswordForm({ reason, provider, problem, onProblem, onSecondStep }: PasswordFormProps) {
  const session = useSession();
  const [busy, setBusy] = useState<Way | null>(null);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : 'Enter the e-mail address you were invited with.'),
      password: (value) => (value ? null : 'Enter your password.'),
    },
  });

  const attempt = async (way: Way, ask: () => Promise<SignInOutcome>) => {
    setBusy(way);
    onProblem(null);
    try {
      const outcome = await ask();
      if (outcome.type === 'problem') onProblem(outcome.message);
      if (outcome.type === 'challenge') onSecondStep(outcome);
    } catch (error) {
      onProblem((error as Error).message);
    }
    setBusy(null);
  };
  const submit = form.onSubmit(({ email, password }) =>
    attempt('password', () => session.signIn({ email: email.trim(), password })),
  );
  const withPasskey = () => attempt('passkey', () => signInWithPasskey(session));

  const goToProvider = () =>
    attempt('provider', async () => {
      await leaveForProvider(false);
      return new Promise<never>(() => undefined); // until the page is left
    });

  return (
    <form className={classes.card} onSubmit={submit} noValidate>
      <div className={classes.brand}>
        <Logo size={40} />
        <h1 className={classes.title}>Sign in to Upstream</h1>
        <p className={classes.lead}>Know within days when a payer changes.</p>
      </div>
      {problem ? (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      ) : null}
      {!problem && reason ? <Alert color="gray">{WHY[reason]}</Alert> : null}
      <TextInput
        label="E-mail"
        type="email"
        autoComplete="username"
        autoFocus
        size="md"
        key={form.key('email')}
        {...form.getInputProps('email')}
      />
      <PasswordInput
        label="Password"
        autoComplete="current-password"
        size="md"
        key={form.key('password')}
        {...form.getInputProps('password')}
      />
      <Button type="submit" size="md" fullWidth loading={busy === 'password'}>
        Sign in
      </Button>
      {passkeysWork() ? (
        <Button
          variant="default"
          size="md"
          fullWidth
          leftSection={<IconFingerprint size={19} />}
          loading={busy === 'passkey'}
          onClick={() => void withPasskey()}
        >
          Sign in with a passkey
        </Button>
      ) : null}
      {provider ? (
        <ProviderButton loading={busy === 'provider'} onClick={() => void goToProvider()}>
          Sign in with {provider}
        </ProviderButton>
      ) : null}
    </form>
  );
}
