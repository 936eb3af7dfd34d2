import { createMemoryHistory } from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '@/app/App';
import { makeRouter } from '@/app/router';
import { createSession } from '@/app/session/session';
import type { Tabs } from '@/app/session/tabs';
import type { Permission } from '@/graphql/tada';
import { type Root, serveApi } from './api';
import { EVERYTHING, pageOf, sessionPayload } from './fixtures';

export const aloneTab = (): Tabs => ({ inTurn: (task) => task(), tell: () => undefined, listen: () => undefined });

/** The whole app at an address, signed in, over an API with these root values; waits until its title stands. */
export async function renderApp(
  path: string,
  title: string | RegExp,
  root: Root,
  permissions: Permission[] = EVERYTHING,
) {
  const operations = serveApi({
    refreshSession: () => sessionPayload(permissions),
    alerts: () => pageOf([]),
    payers: () => pageOf([]),
    payerSuggestions: () => [],
    claims: () => pageOf([]),
    uploads: () => pageOf([]),
    exports: () => pageOf([]),
    serviceGroups: () => [],
    signalsWaiting: () => 0,
    detectionSettings: () => ({ weeklyAlertBudget: 3, smallestOdds: 1.05 }),
    knownEvents: () => pageOf([]),
    serviceKeys: () => pageOf([]),
    webhooks: () => pageOf([]),
    singleSignOn: () => null,
    ...root,
  });
  const session = createSession(aloneTab());
  const router = makeRouter(createMemoryHistory({ initialEntries: [path] }));
  await session.start();
  render(<App session={session} router={router} />);
  await screen.findByRole('heading', { level: 1, name: title }, { timeout: 5000 });
  return { operations, router, session, user: userEvent.setup() };
}
