import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { Logo } from '@/ui/Logo';
import { CodeForm } from './CodeForm';
import { useSession } from './SessionContext';
import type { SignedOutReason } from './session';
import classes from './signIn.module.css';

const WHY: Record<Exclude<SignedOutReason, null>, string> = {
  idle: 'You were signed out because nothing was touched for a while. Sign in to go on where you were; what you had typed is kept.',
  expired: 'Your session has ended. Sign in to go on where you were.',
  'signed-out': 'You are signed out.',
};

/** Stands in for every page while nobody is signed in; the address stays, so signing in leads back to the same place. */
export default function SignInPage({ reason }: { reason: SignedOutReason }) {
  useDocumentTitle('Sign in · Upstream');
  const [challenge, setChallenge] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const again = (message: string | null) => {
    setChallenge(null);
    setProblem(message);
  };
  return (
    <main className={classes.page}>
      {challenge ? (
        <CodeForm challenge={challenge} onPasswordAgain={again} />
      ) : (
        <PasswordForm reason={reason} problem={problem} onProblem={setProblem} onChallenge={setChallenge} />
      )}
    </main>
  );
}

type PasswordFormProps = {
  reason: SignedOutReason;
  problem: string | null;
  onProblem: (problem: string | null) => void;
  onChallenge: (challenge: string) => void;
};

function PasswordForm({ reason, problem, onProblem, onChallenge }: PasswordFormProps) {
  const session = useSession();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : 'Enter the e-mail address you were invited with.'),
      password: (value) => (value ? null : 'Enter your password.'),
    },
  });

  const submit = form.onSubmit(async ({ email, password }) => {
    setBusy(true);
    onProblem(null);
    try {
      const outcome = await session.signIn({ email: email.trim(), password });
      if (outcome.type === 'problem') onProblem(outcome.message);
      if (outcome.type === 'challenge') onChallenge(outcome.challenge);
    } catch (error) {
      onProblem((error as Error).message);
    }
    setBusy(false);
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
      <Button type="submit" size="md" fullWidth loading={busy}>
        Sign in
      </Button>
    </form>
  );
}
