import type { Session } from '@/app/session/session';
import { textOf } from '@/graphql/documents';
import { isUnauthenticated } from '@/graphql/request';
import { graphql, type ResultOf } from '@/graphql/tada';
import { discard, sendInParts } from '@/lib/resumable';
import { createStore } from '@/lib/store';
import { sendFile } from '@/lib/upload';

const UploadFile = graphql(`
  mutation UploadFile($file: Upload!) {
    uploadFile(file: $file) {
      upload {
        id
        fileName
        duplicateOf {
          id
        }
      }
      errors {
        code
        field
        message
      }
    }
  }
`);

type UploadAnswer = ResultOf<typeof UploadFile>;

/** Larger files go in parts, so that a lost connection or a closed tab costs one part and not the file. */
const WHOLE_UP_TO_BYTES = 8 << 20;

/** A file on its way from this tab to the server; once received, the server's own record takes over. */
export type Sending = {
  key: number;
  fileName: string;
  totalBytes: number;
  sentBytes: number;
  state: 'waiting' | 'sending' | 'paused' | 'received' | 'failed';
  inParts: boolean;
  problem: string | null;
  uploadId: string | null;
  duplicate: boolean;
};

export type UploadQueue = ReturnType<typeof createUploadQueue>;

/** Files go one after the other, so that one slow connection is not shared by many half-sent files. */
export function createUploadQueue(session: Pick<Session, 'accessToken' | 'refresh'>, onReceived: () => void) {
  const store = createStore<Sending[]>([]);
  const files = new Map<number, File>();
  let nextKey = 1;
  let running = false;
  let stop = new AbortController();

  const change = (key: number, change: Partial<Sending>) =>
    store.set((all) => all.map((each) => (each.key === key ? { ...each, ...change } : each)));

  async function sendParts(key: number, file: File): Promise<void> {
    const received = await sendInParts({
      file,
      tokens: session,
      onProgress: (sentBytes, totalBytes) => change(key, { sentBytes, totalBytes }),
      signal: stop.signal,
    });
    change(key, { state: 'received', uploadId: received.id, duplicate: received.duplicate_of !== null });
    onReceived();
  }

  async function send(key: number, file: File): Promise<void> {
    const attempt = () =>
      sendFile<UploadAnswer>({
        query: textOf(UploadFile),
        file,
        token: session.accessToken(),
        onProgress: (sentBytes, totalBytes) => change(key, { sentBytes, totalBytes }),
      });
    let answer = await attempt();
    if (isUnauthenticated(answer.errors) && (await session.refresh())) answer = await attempt();
    const payload = answer.data?.uploadFile;
    if (payload?.upload) {
      change(key, { state: 'received', uploadId: payload.upload.id, duplicate: payload.upload.duplicateOf !== null });
      onReceived();
    } else {
      const problem = payload?.errors[0]?.message ?? answer.errors[0]?.message ?? 'The server did not take the file.';
      change(key, { state: 'failed', problem });
    }
  }

  async function run(): Promise<void> {
    if (running) return;
    running = true;
    for (let next = waiting(); next; next = waiting()) {
      const { key, inParts } = next;
      const file = files.get(key) as File;
      change(key, { state: 'sending', problem: null, sentBytes: 0 });
      stop = new AbortController();
      try {
        await (inParts ? sendParts(key, file) : send(key, file));
      } catch (error) {
        if (stop.signal.aborted) continue;
        change(key, { state: 'failed', problem: error instanceof Error ? error.message : String(error) });
      }
    }
    running = false;
  }

  const waiting = () => store.get().find((each) => each.state === 'waiting');

  return {
    ...store,
    add(added: readonly File[]) {
      const sendings = added.map((file): Sending => {
        const key = nextKey++;
        files.set(key, file);
        return {
          key,
          fileName: file.name,
          totalBytes: file.size,
          sentBytes: 0,
          state: 'waiting',
          inParts: file.size > WHOLE_UP_TO_BYTES,
          problem: null,
          uploadId: null,
          duplicate: false,
        };
      });
      store.set((all) => [...all, ...sendings]);
      void run();
    },
    retry(key: number) {
      change(key, { state: 'waiting', problem: null });
      void run();
    },
    /** The file that is being sent stops; what has arrived stays with the server, and `retry` goes on behind it. */
    pause(key: number) {
      change(key, { state: 'paused' });
      stop.abort();
    },
    /** Takes a file out of the queue, and away from the server where it came in parts. */
    cancel(key: number) {
      const file = files.get(key) as File;
      const sending = store.get().find((each) => each.key === key)?.state === 'sending';
      this.dismiss(key);
      if (sending) stop.abort();
      // Where it cannot be said to the server now, it deletes the parts after a day.
      void discard(file, session).catch(() => undefined);
    },
    dismiss(key: number) {
      files.delete(key);
      store.set((all) => all.filter((each) => each.key !== key));
    },
  };
}
