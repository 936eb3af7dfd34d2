/**
 * How long nobody has touched any tab. The moment of the last touch is kept in localStorage, so that all tabs agree;
 * it is the only thing kept there about a session.
 */
export const WARNING_MS = 2 * 60_000;

const KEY = 'upstream.last-touch';
const WRITE_EVERY_MS = 5_000;
const TOUCHES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export type Idleness = { phase: 'active' } | { phase: 'warning'; secondsLeft: number } | { phase: 'over' };

/** `limitMs` is the server's: how long after the last touch it ends a session. */
export function idleness(now: number, lastTouch: number, limitMs: number): Idleness {
  const left = limitMs - (now - lastTouch);
  if (left <= 0) return { phase: 'over' };
  if (left <= WARNING_MS) return { phase: 'warning', secondsLeft: Math.ceil(left / 1000) };
  return { phase: 'active' };
}

export const touch = (now: number = Date.now()): void => localStorage.setItem(KEY, String(now));
/** For the server, which prolongs a session by touches alone: pages ask it for new tokens while nobody is there. */
export const idleSeconds = (): number => Math.floor((Date.now() - lastTouch()) / 1000);
export const lastTouch = (): number => Number(localStorage.getItem(KEY)) || 0;

/** Watches for touches and reports idleness each second; once warned, only an answer to the warning counts as a touch. */
export function watchIdleness(limitMs: number, report: (idleness: Idleness) => void): () => void {
  const onTouch = () => {
    const now = Date.now();
    if (now - lastTouch() > WRITE_EVERY_MS && idleness(now, lastTouch(), limitMs).phase === 'active') touch(now);
  };
  touch();
  for (const event of TOUCHES) addEventListener(event, onTouch, { passive: true });
  const timer = setInterval(() => report(idleness(Date.now(), lastTouch(), limitMs)), 1000);
  return () => {
    for (const event of TOUCHES) removeEventListener(event, onTouch);
    clearInterval(timer);
  };
}
