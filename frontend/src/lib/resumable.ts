import { CLIENT_HEADERS } from '@/graphql/request';

const PLACE = '/api/v1/uploads/resumable/';
/** Bytes of one request: what a lost connection costs at most. */
const PART_BYTES = 8 << 20;
const KEY = 'upstream-unfinished-upload:';

type Tokens = { accessToken: () => string | null; refresh: () => Promise<boolean> };
export type Received = { id: string; duplicate_of: string | null };

class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfter: number,
  ) {
    super(message);
  }
}

/** A file is known again by its name, size and time of change. */
const keyOf = ({ name, size, lastModified }: File): string => `${KEY}${name}:${size}:${lastModified}`;

/**
 * Sends a file in parts, going on where an earlier try in this browser stopped, by the tus protocol. An abort leaves
 * what has arrived with the server, for a day.
 */
export async function sendInParts(options: {
  file: File;
  tokens: Tokens;
  onProgress: (sentBytes: number, totalBytes: number) => void;
  signal: AbortSignal;
}): Promise<Received> {
  const { file, tokens, onProgress, signal } = options;
  const ask = (method: string, address: string, more: Partial<Ask> = {}) =>
    asked({ method, address, tokens, signal, ...more });

  const kept = localStorage.getItem(keyOf(file));
  let address = kept ?? '';
  let offset = 0;
  if (kept) {
    try {
      offset = Number((await ask('HEAD', kept)).getResponseHeader('Upload-Offset'));
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) throw error;
      address = '';
    }
  }
  if (!address) {
    const headers = { 'Upload-Length': String(file.size), 'Upload-Metadata': `filename ${base64(file.name)}` };
    address = (await ask('POST', PLACE, { headers })).getResponseHeader('Location') ?? '';
    localStorage.setItem(keyOf(file), address);
  }
  onProgress(offset, file.size);
  // An empty part behind the last byte has a file joined whose last answer was lost.
  do {
    const start = offset;
    const answer = await ask('PATCH', address, {
      headers: { 'Upload-Offset': String(start), 'Content-Type': 'application/offset+octet-stream' },
      body: file.slice(start, start + PART_BYTES),
      onProgress: (sent) => onProgress(start + sent, file.size),
    });
    offset = Number(answer.getResponseHeader('Upload-Offset'));
  } while (offset < file.size);
  const { upload } = JSON.parse((await ask('GET', address)).responseText) as { upload: Received };
  localStorage.removeItem(keyOf(file));
  return upload;
}

/** Forgets what has arrived of a file, here and on the server. */
export async function discard(file: File, tokens: Tokens): Promise<void> {
  const address = localStorage.getItem(keyOf(file));
  if (!address) return;
  localStorage.removeItem(keyOf(file));
  await asked({ method: 'DELETE', address, tokens });
}

type Ask = {
  method: string;
  address: string;
  tokens: Tokens;
  headers?: Record<string, string>;
  body?: Blob;
  onProgress?: (sentBytes: number) => void;
  signal?: AbortSignal;
};

/** One request, again with a new token where the old one has run out, and later where there were too many. */
async function asked(options: Ask): Promise<XMLHttpRequest> {
  for (let renewed = false; ; ) {
    try {
      return await once(options);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 429) await pause(error.retryAfter * 1000, options.signal);
      else if (error.status === 401 && !renewed && (await options.tokens.refresh())) renewed = true;
      else throw error;
    }
  }
}

function once({ method, address, tokens, headers, body, onProgress, signal }: Ask): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted());
    const request = new XMLHttpRequest();
    request.open(method, address);
    const sent = { 'X-Upstream-Client': CLIENT_HEADERS['X-Upstream-Client'], 'Tus-Resumable': '1.0.0', ...headers };
    for (const [name, value] of Object.entries(sent)) request.setRequestHeader(name, value);
    const token = tokens.accessToken();
    if (token) request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.upload.onprogress = (event) => onProgress?.(event.loaded);
    request.onerror = () =>
      reject(new Error('The server cannot be reached. Check the connection, then go on: what has arrived is kept.'));
    request.onabort = () => reject(aborted());
    request.onload = () =>
      request.status < 300
        ? resolve(request)
        : reject(new Refused(request.status, messageOf(request), Number(request.getResponseHeader('Retry-After'))));
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}

const aborted = () => new DOMException('The upload was stopped.', 'AbortError');

function messageOf(request: XMLHttpRequest): string {
  try {
    return (JSON.parse(request.responseText) as { message: string }).message;
  } catch {
    return `The server answered ${request.status} without an explanation.`;
  }
}

const pause = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(aborted());
    });
  });

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
