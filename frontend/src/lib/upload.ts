import { type Answer, CLIENT_HEADERS, ENDPOINT, readAnswer } from '@/graphql/request';

/**
 * Sends one file by the GraphQL multipart request specification. XMLHttpRequest, because fetch does not tell how many
 * bytes have gone out. The document takes the file as `$file: Upload!`.
 */
export function sendFile<Data>(options: {
  query: string;
  file: File;
  token: string | null;
  onProgress: (sentBytes: number, totalBytes: number) => void;
  signal?: AbortSignal;
}): Promise<Answer<Data>> {
  const form = new FormData();
  form.append('operations', JSON.stringify({ query: options.query, variables: { file: null } }));
  form.append('map', JSON.stringify({ 0: ['variables.file'] }));
  form.append('0', options.file, options.file.name);

  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', ENDPOINT);
    for (const [name, value] of Object.entries(CLIENT_HEADERS)) request.setRequestHeader(name, value);
    if (options.token) request.setRequestHeader('Authorization', `Bearer ${options.token}`);
    request.upload.onprogress = (event) => options.onProgress(event.loaded, event.total);
    request.onerror = () => reject(new Error('The server cannot be reached. Check the connection and try again.'));
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    request.onload = () => {
      try {
        resolve(readAnswer<Data>(request.responseText, request.status));
      } catch (error) {
        reject(request.status === 413 ? new Error('The file is larger than the server accepts.') : error);
      }
    };
    options.signal?.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
