import { Alert, Button } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { CodeForm } from '@/app/session/CodeForm';
import { roleLabel } from '@/app/session/roles';
import { useSession } from '@/app/session/SessionContext';
import type { SecondStep } from '@/app/session/session';
import classes from '@/app/session/signIn.module.css';
import { post } from '@/graphql/request';
import { useStore } from '@/lib/store';
import { Logo } from '@/ui/Logo';
import { type Asked, ReadInvitation } from './documents';
import { JoinForm } from './JoinForm';

type InvitationPageProps = { token: string; onDone: () => void };

/** Where the link of an invitation leads, signed in or not. `onDone` shows what one may see from then on. */
export default function InvitationPage({ token, onDone }: InvitationPageProps) {
  useDocumentTitle('Invitation · Upstream');
  const state = useStore(useSession());
  const [asked, setAsked] = useState<Asked | null>(null);
  const [failure, setFailure] = useState('');
  const [step, setStep] = useState<SecondStep | null>(null);
  const [joined, setJoined] = useState(false);

  const read = useCallback(async () => {
    setFailure('');
    try {
      const { data, errors } = await post(ReadInvitation, { token });
      if (data) setAsked(data.readInvitation);
      else setFailure(errors[0]?.message ?? 'The invitation could not be read.');
    } catch (error) {
      setFailure((error as Error).message);
    }
  }, [token]);
  useEffect(() => void read(), [read]);
  useEffect(() => {
    if (joined && state.status === 'signed-in') onDone();
  }, [joined, state.status, onDone]);

  if (step) {
    return (
      <main className={classes.page}>
        <CodeForm step={step} onPasswordAgain={onDone} />
      </main>
    );
  }
  const problem = failure || asked?.errors[0]?.message;
  const { organizationName, role, email } = asked ?? {};
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <Logo size={40} />
          <h1 className={classes.title}>{organizationName ? `Join ${organizationName}` : 'Invitation'}</h1>
          {role ? (
            <p className={classes.lead}>
              As {roleLabel(role).toLowerCase()}, with {email}.
            </p>
          ) : null}
        </div>
        {problem ? (
          <>
            <Alert color={failure ? 'red' : 'gray'} role="alert">
              {problem}
            </Alert>
            <div className={classes.ways}>
              {failure ? (
                <Button variant="subtle" size="compact-sm" onClick={() => void read()}>
                  Try again
                </Button>
              ) : null}
              <Button variant="subtle" color="gray" size="compact-sm" onClick={onDone}>
                Go to Upstream
              </Button>
            </div>
          </>
        ) : null}
        {asked?.email && state.status !== 'starting' ? (
          <JoinForm
            token={token}
            asked={asked}
            viewer={state.status === 'signed-in' ? state.viewer : null}
            onJoined={() => setJoined(true)}
            onSecondStep={setStep}
            onDone={onDone}
          />
        ) : null}
      </div>
    </main>
  );
}
