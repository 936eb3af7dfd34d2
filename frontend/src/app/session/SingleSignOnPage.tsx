import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { sayProblem } from '@/app/undo/undo';
import { useStore } from '@/lib/store';
import { Logo } from '@/ui/Logo';
import { useSession } from './SessionContext';
import SignInPage from './SignInPage';
import type { SignInOutcome } from './session';
import classes from './signIn.module.css';
import { finishSingleSignOn, takeReturn } from './singleSignOn';

type SingleSignOnPageProps = {
  /** What stands behind the `?` of the address that the identity provider sent the browser to. */
  search: string;
  /** Puts the address back to where one was before, without what the provider told. */
  onReturn: (path: string) => void;
  onDone: () => void;
};

/** Where an identity provider sends people back to. What goes wrong is told on the sign-in page, which then stands here. */
export default function SingleSignOnPage({ search, onReturn, onDone }: SingleSignOnPageProps) {
  useDocumentTitle('Sign in · Upstream');
  const session = useSession();
  const { status } = useStore(session);
  const [outcome, setOutcome] = useState<SignInOutcome | null>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    onReturn(takeReturn());
    finishSingleSignOn(session, search)
      .catch((error: Error): SignInOutcome => ({ type: 'problem', message: error.message, over: false }))
      .then(setOutcome);
  }, [session, search, onReturn]);
  useEffect(() => {
    if (!outcome || status !== 'signed-in') return;
    // Somebody who was signed in all the while only did not confirm who they are.
    if (outcome.type === 'problem') sayProblem(outcome.message);
    onDone();
  }, [outcome, status, onDone]);

  if (outcome && status === 'signed-out') return <SignInPage reason={null} before={outcome} />;
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <Logo size={40} />
          <h1 className={classes.title}>Signing you in</h1>
        </div>
      </div>
    </main>
  );
}
