import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { useClient } from 'urql';
import { useSession } from '@/app/session/SessionContext';
import { UploadsQuery } from './documents';
import { createUploadQueue, type UploadQueue } from './queue';

const UploadsContext = createContext<UploadQueue | null>(null);

/** Keeps the upload queue alive while a person moves between pages. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const session = useSession();
  const client = useClient();
  const queue = useMemo(
    () =>
      createUploadQueue(session, () => {
        void client.query(UploadsQuery, { first: 25, after: null }, { requestPolicy: 'network-only' }).toPromise();
      }),
    [session, client],
  );
  return <UploadsContext value={queue}>{children}</UploadsContext>;
}

export function useUploadQueue(): UploadQueue {
  const queue = useContext(UploadsContext);
  if (!queue) throw new Error('useUploadQueue needs an UploadsProvider above it.');
  return queue;
}
