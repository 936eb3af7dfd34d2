import { lazy, Suspense, useEffect, useState } from 'react';
import { type Idleness, touch, watchIdleness } from './idle';
import { useSession, useViewer } from './SessionContext';

const load = () => import('./IdleDialog');
const IdleDialog = lazy(load);
// Long before it is needed, as the connection may be gone by then.
const LOAD_AFTER_MS = 10_000;

/** Warns two minutes before a person is signed out for want of activity; one action extends, in every tab. */
export function IdleWarning() {
  const session = useSession();
  const { idleLimitSeconds } = useViewer();
  const [idle, setIdle] = useState<Idleness>({ phase: 'active' });

  useEffect(
    () =>
      watchIdleness(idleLimitSeconds * 1000, (now) => {
        if (now.phase === 'over') void session.signOut('idle');
        else setIdle((before) => (before.phase === 'active' && now.phase === 'active' ? before : now));
      }),
    [session, idleLimitSeconds],
  );

  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), LOAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);

  const stay = () => {
    touch();
    setIdle({ phase: 'active' });
    void session.refresh().catch(() => undefined); // a failed renewal is tried again by the next request
  };

  return idle.phase === 'warning' ? (
    <Suspense>
      <IdleDialog secondsLeft={idle.secondsLeft} onStay={stay} onLeave={() => void session.signOut('signed-out')} />
    </Suspense>
  ) : null;
}
