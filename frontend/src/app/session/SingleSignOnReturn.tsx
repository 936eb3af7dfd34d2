import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { makeRouter } from '@/app/router';
import { sayProblem } from '@/app/undo/undo';
import { useStore } from '@/lib/store';
import { Logo } from '@/ui/Logo';
import { useSession } from './SessionContext';
import { SignInForms } from './SignInForms';
import type { SignInOutcome } from './session';
import classes from './signIn.module.css';
import { finishSingleSignOn, takeReturn } from './singleSignOn';

type Router = ReturnType<typeof makeRouter>;
type SingleSignOnReturnProps = { router: Router; onDone: () => void };

/** Where an identity provider sends people back to. What goes wrong is told above the forms. */
export function SingleSignOnReturn({ router, onDone }: SingleSignOnReturnProps) {
  useDocumentTitle('Sign in · Upstream');
  const session = useSession();
  const { status } = useStore(session);
  const [outcome, setOutcome] = useState<SignInOutcome | null>(null);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const { search } = router.history.location;
    router.history.replace(takeReturn());
    void router.load(); // it has looked for a page at the address before, and nobody listens yet
    finishSingleSignOn(session, search)
      .catch((error: Error): SignInOutcome => ({ type: 'problem', message: error.message, over: false }))
      .then((found) => {
        // Somebody who was signed in all the while only did not confirm who they are.
        if (found.type === 'problem' && session.accessToken()) sayProblem(found.message);
        setOutcome(found);
      });
  }, [session, router]);
  useEffect(() => {
    if (outcome && status === 'signed-in') onDone();
  }, [outcome, status, onDone]);

  if (outcome && status === 'signed-out') return <SignInForms reason={null} before={outcome} />;
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
