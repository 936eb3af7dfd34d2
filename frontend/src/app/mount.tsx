import '@/ui/styles';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { makeRouter } from './router';
import type { Session } from './session/session';

/** Draws the app; the page's code is fetched while the session is still being asked for. */
export function mount(session: Session): void {
  const router = makeRouter();
  void router.load();
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <App session={session} router={router} />
    </StrictMode>,
  );
}
