import './ui/styles';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { makeRouter } from './app/router';
import { createSession } from './app/session/session';

const session = createSession();
const router = makeRouter();
void session.start();
void router.load(); // fetches the page's code while the session is asked for

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App session={session} router={router} />
  </StrictMode>,
);
