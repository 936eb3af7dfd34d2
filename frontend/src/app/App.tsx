import { Button, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { Provider as GraphQLProvider } from 'urql';
import { createClient } from '@/graphql/client';
import { useStore } from '@/lib/store';
import { Notice } from '@/ui/state/Notice';
import { contrastResolver, theme } from '@/ui/theme';
import type { makeRouter } from './router';
import { SessionProvider, useSession, useViewer } from './session/SessionContext';
import type { Session } from './session/session';
import { forgetAll } from './undo/undo';
import { UploadsProvider } from './uploads/UploadsContext';

const EnrolPage = lazy(() => import('@/features/account/EnrolPage'));
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

/** Shows the pages to whoever is signed in, and sign-in to whoever is not. */
function Gate({ router }: { router: Router }) {
  const session = useSession();
  const state = useStore(session);
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
  const client = useMemo(() => createClient(session), [session]);
  useEffect(() => forgetAll, []);
  if (useViewer().mustSetUpSecondFactor) {
    return (
      <GraphQLProvider value={client}>
        <Suspense>
          <EnrolPage />
        </Suspense>
      </GraphQLProvider>
    );
  }
  return (
    <GraphQLProvider value={client}>
      <UploadsProvider>
        <RouterProvider router={router} />
      </UploadsProvider>
    </GraphQLProvider>
  );
}
