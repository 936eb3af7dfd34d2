import { createContext, type ReactNode, useContext } from 'react';
import type { Permission } from '@/graphql/tada';
import { useStore } from '@/lib/store';
import type { Viewer } from './documents';
import type { Session } from './session';

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a SessionProvider above it.');
  return session;
}

/** Who is signed in. Only for what is shown to signed-in people. */
export function useViewer(): Viewer {
  const state = useStore(useSession());
  if (state.status !== 'signed-in') throw new Error('useViewer is for signed-in pages.');
  return state.viewer;
}

export const usePermission = (permission: Permission): boolean => useViewer().permissions.includes(permission);

/** Whether this browser can make passkeys and sign with them; what does is fetched when it is used. */
export const passkeysWork = (): boolean => 'PublicKeyCredential' in globalThis;
