import { useEffect, useRef } from 'react';

const BUSY_MS = 1_000;
const QUIET_FROM_MS = 5_000;
const QUIET_TO_MS = 300_000;

/** The next wait: steady while something is under way, else doubling up to five minutes. */
export const nextWait = (busy: boolean, previous: number): number =>
  busy ? BUSY_MS : Math.min(Math.max(previous * 2, QUIET_FROM_MS), QUIET_TO_MS);

/** Asks again each second while something is under way, ever more rarely otherwise, and not at all in a hidden tab. */
export function usePolling(busy: boolean, ask: () => void): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    let wait = nextWait(busy, 0);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const schedule = () => {
      timer = setTimeout(() => {
        latest.current();
        wait = nextWait(busy, wait);
        schedule();
      }, wait);
    };
    const onVisibility = () => {
      clearTimeout(timer);
      if (document.hidden) return;
      latest.current();
      wait = nextWait(busy, 0);
      schedule();
    };
    if (!document.hidden) schedule();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [busy]);
}
