import { createSession } from './app/session/session';

// The session is asked for first: its answer travels while the app's code is fetched and read.
const session = createSession();
void session.start();
void import('./app/mount').then(({ mount }) => mount(session));
