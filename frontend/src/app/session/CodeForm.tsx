import { Alert, Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { Logo } from '@/ui/Logo';
import { useSession } from './SessionContext';
import classes from './signIn.module.css';

type CodeFormProps = { challenge: string; onPasswordAgain: (why: string | null) => void };

/** The second step of signing in: a code of the authenticator app, or a recovery code when the app is not at hand. */
export function CodeForm({ challenge, onPasswordAgain }: CodeFormProps) {
  const session = useSession();
  const field = useRef<HTMLInputElement>(null);
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const say = (message: string) => {
    setProblem(message);
    setBusy(false);
    field.current?.select();
  };
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!code.trim()) return say('Enter the code.');
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await session.confirm(challenge, code.trim());
      if (outcome.type !== 'problem') return;
      if (outcome.over) onPasswordAgain(outcome.message);
      else say(outcome.message);
    } catch (error) {
      say((error as Error).message);
    }
  };

  return (
    <form className={classes.card} onSubmit={(submitted) => void submit(submitted)} noValidate>
      <div className={classes.brand}>
        <Logo size={40} />
        <h1 className={classes.title}>{recovery ? 'Enter a recovery code' : 'Enter your code'}</h1>
        <p className={classes.lead}>
          {recovery ? 'One of the ten you kept; each counts once.' : 'Six digits, from your authenticator app.'}
        </p>
      </div>
      {problem ? (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      ) : null}
      <TextInput
        ref={field}
        key={String(recovery)}
        label={recovery ? 'Recovery code' : 'Code'}
        autoComplete={recovery ? 'off' : 'one-time-code'}
        inputMode={recovery ? 'text' : 'numeric'}
        spellCheck={false}
        autoCapitalize="none"
        autoFocus
        size="md"
        maxLength={40}
        value={code}
        onChange={(change) => setCode(change.currentTarget.value)}
      />
      <Button type="submit" size="md" fullWidth loading={busy}>
        Sign in
      </Button>
      <div className={classes.ways}>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            setRecovery(!recovery);
            setCode('');
            setProblem(null);
          }}
        >
          {recovery ? 'Use the app' : 'Use a recovery code'}
        </Button>
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onPasswordAgain(null)}>
          Back
        </Button>
      </div>
    </form>
  );
}
