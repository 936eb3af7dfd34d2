import { Alert, Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { Logo } from '@/ui/Logo';
import { confirmWithPasskey } from './passkeySignIn';
import { passkeysWork, useSession } from './SessionContext';
import type { SecondStep } from './session';
import classes from './signIn.module.css';

type CodeFormProps = { step: SecondStep; onPasswordAgain: (why: string | null) => void };

const WAYS = {
  app: {
    title: 'Enter your code',
    lead: 'Six digits, from your authenticator app.',
    label: 'Code',
    other: 'Use the app',
  },
  passkey: {
    title: 'Use your passkey',
    lead: 'Your password was right. Go on with finger, face or PIN.',
    label: '',
    other: 'Use a passkey',
  },
  recovery: {
    title: 'Enter a recovery code',
    lead: 'One of the ten you kept; each counts once.',
    label: 'Recovery code',
    other: 'Use a recovery code',
  },
} as const;
type Way = keyof typeof WAYS;

/** The second step of signing in: a code of the app, a passkey, or a recovery code when neither is at hand. */
export function CodeForm({ step: { challenge, ways }, onPasswordAgain }: CodeFormProps) {
  const session = useSession();
  const field = useRef<HTMLInputElement>(null);
  const usable: Way[] = [
    ...(ways.includes('APP') ? (['app'] as const) : []),
    ...(ways.includes('PASSKEY') && passkeysWork() ? (['passkey'] as const) : []),
    'recovery',
  ];
  const [way, setWay] = useState<Way>(usable[0] as Way);
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const say = (message: string) => {
    setProblem(message);
    setBusy(false);
    field.current?.select();
  };
  const confirm = () =>
    way === 'passkey' ? confirmWithPasskey(session, challenge) : session.confirm(challenge, code.trim());
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (way !== 'passkey' && !code.trim()) return say('Enter the code.');
    setBusy(true);
    setProblem(null);
    try {
      const outcome = await confirm();
      if (outcome.type !== 'problem') return;
      if (outcome.over) onPasswordAgain(outcome.message);
      else say(outcome.message);
    } catch (error) {
      say((error as Error).message);
    }
  };
  const { title, lead, label } = WAYS[way];

  return (
    <form className={classes.card} onSubmit={(submitted) => void submit(submitted)} noValidate>
      <div className={classes.brand}>
        <Logo size={40} />
        <h1 className={classes.title}>{title}</h1>
        <p className={classes.lead}>{lead}</p>
      </div>
      {problem ? (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      ) : null}
      {label ? (
        <TextInput
          ref={field}
          key={way}
          label={label}
          autoComplete={way === 'app' ? 'one-time-code' : 'off'}
          inputMode={way === 'app' ? 'numeric' : 'text'}
          spellCheck={false}
          autoCapitalize="none"
          autoFocus
          size="md"
          maxLength={40}
          value={code}
          onChange={(change) => setCode(change.currentTarget.value)}
        />
      ) : null}
      <Button type="submit" size="md" fullWidth loading={busy} autoFocus={!label}>
        {label ? 'Sign in' : 'Go on'}
      </Button>
      <div className={classes.ways}>
        {usable
          .filter((other) => other !== way)
          .map((other) => (
            <Button
              key={other}
              variant="subtle"
              size="compact-sm"
              onClick={() => {
                setWay(other);
                setCode('');
                setProblem(null);
              }}
            >
              {WAYS[other].other}
            </Button>
          ))}
        <Button variant="subtle" color="gray" size="compact-sm" onClick={() => onPasswordAgain(null)}>
          Back
        </Button>
      </div>
    </form>
  );
}
