import type { Viewer } from './documents';
import type { SignedOutReason } from './session';

export type SessionNews =
  | { type: 'signed-in'; accessToken: string; expiresAt: string; viewer: Viewer }
  | { type: 'signed-out'; reason: SignedOutReason };

/** What the tabs of one browser need of each other. */
export type Tabs = {
  /** Runs a task while no other tab runs one. */
  inTurn: <Result>(task: () => Promise<Result>) => Promise<Result>;
  tell: (news: SessionNews) => void;
  listen: (hear: (news: SessionNews) => void) => void;
};

const NAME = 'upstream-session';
const HAD_TO_WAIT_MS = 5;
const NEWS_TRAVELS_MS = 150;

/** Tabs joined by a lock and a broadcast channel; the lock exists in secure contexts only, elsewhere each tab is alone. */
export function tabs(): Tabs {
  const channel = new BroadcastChannel(NAME);
  return {
    tell: (news) => channel.postMessage(news),
    listen: (hear) => channel.addEventListener('message', (event: MessageEvent<SessionNews>) => hear(event.data)),
    inTurn: async (task) => {
      if (!('locks' in navigator)) return task();
      const asked = performance.now();
      return navigator.locks.request(NAME, async () => {
        // The lock may arrive before the news of the tab that held it.
        if (performance.now() - asked > HAD_TO_WAIT_MS) await new Promise((done) => setTimeout(done, NEWS_TRAVELS_MS));
        return task();
      });
    },
  };
}
