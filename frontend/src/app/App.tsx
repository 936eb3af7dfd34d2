import { Button, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { Provider as GraphQLProvider } from 'urql';
import { createClient } from '@/graphql/client';
import { useStore } from '@/lib/store';
import { Notice } from '@/ui/state/Notice';
import { contrastResolver, theme } from '@/ui/theme';
import type { makeRouter } from './router';
import { SessionProvider, useSession, useViewer } from './session/SessionContext';
import { StepUp } from './session/StepUp';
import type { Session } from './session/session';
import { createStepUp } from './session/stepUpQuestion';
import { forgetAll } from './undo/undo';
import { UploadsProvider } from './uploads/UploadsContext';

const EnrolPage = lazy(() => import('@/features/account/EnrolPage'));
const InvitationPage = lazy(() => import('./invitation/InvitationPage'));
const SignInPage = lazy(() => import('./session/SignInPage'));

type Router = ReturnType<typeof makeRouter>;

export function App({ session, router }: { session: Session; router: Router }) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={contrastResolver} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={4} />
      <SessionProvider session={session}>
        <Gate router={router} />
      </SessionProvider>
    </MantineProvider>
  );
}

/** What stands behind the `#` of an invitation's link, which browsers send to no server; null at other addresses. */
function useInvitationToken({ history }: Router): string | null {
  return useSyncExternalStore(history.subscribe, () => {
    const { pathname, hash } = history.location;
    return pathname === '/invitation' ? hash.replace(/^#/, '') : null;
  });
}

/** Shows the pages to whoever is signed in, and sign-in to whoever is not; an invitation's link to everybody. */
function Gate({ router }: { router: Router }) {
  const session = useSession();
  const state = useStore(session);
  const invitation = useInvitationToken(router);
  const leaveInvitation = useCallback(() => {
    router.history.replace('/');
    void router.load(); // it may have looked for a page at the address before, and nobody listens yet
  }, [router]);
  const [cameBack, setCameBack] = useState(router.history.location.pathname === '/single-sign-on');
  if (cameBack) {
    return (
      <Suspense>
        <SignInPage cameBack={{ router, onDone: () => setCameBack(false) }} />
      </Suspense>
    );
  }
  if (invitation !== null) {
    return (
      <Suspense>
        <InvitationPage key={invitation} token={invitation} onDone={leaveInvitation} />
      </Suspense>
    );
  }
  switch (state.status) {
    case 'starting':
      return null;
    case 'unreachable':
      return (
        <main>
          <Notice
            icon={<IconPlugConnectedX size={32} />}
            title="Upstream cannot be reached"
            role="alert"
            action={<Button onClick={() => void session.start()}>Try again</Button>}
          >
            {state.message}
          </Notice>
        </main>
      );
    case 'signed-out':
      return (
        <Suspense>
          <SignInPage reason={state.reason} />
        </Suspense>
      );
    case 'signed-in':
      return <SignedIn key={`${state.viewer.id} ${state.viewer.organization.id}`} router={router} />;
  }
}

/** Everything with data in it. A new person or organization gets a new cache: nothing of the one before can show. */
function SignedIn({ router }: { router: Router }) {
  const session = useSession();
  const stepUp = useMemo(createStepUp, []);
  const client = useMemo(() => createClient(session, stepUp.ask), [session, stepUp]);
  useEffect(() => forgetAll, []);
  useEffect(() => () => stepUp.answer(false), [stepUp]);
  return (
    <GraphQLProvider value={client}>
      {useViewer().mustSetUpSecondFactor ? (
        <Suspense>
          <EnrolPage />
        </Suspense>
      ) : (
        <UploadsProvider>
          <RouterProvider router={router} />
        </UploadsProvider>
      )}
      <StepUp stepUp={stepUp} />
    </GraphQLProvider>
  );
}
