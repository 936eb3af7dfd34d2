// The built pages behind a server that compresses, as in production; everything that is not a file goes to the API's address.
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const API_PATHS = ['/graphql/', '/downloads/', '/api/', '/static/', '/health'];

/** Serves a folder on a free port; resolves to its address and the way to stop it. */
export async function serve(folder, api) {
  const answers = new Map();
  const read = async (path) => {
    if (!answers.has(path)) {
      const body = await readFile(path);
      answers.set(path, extname(path) === '.woff2' ? { body } : { body: gzipSync(body, { level: 9 }), zipped: true });
    }
    return answers.get(path);
  };
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (API_PATHS.some((path) => pathname.startsWith(path))) {
      const onward = http.request(api + request.url, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(502).end());
      request.pipe(onward);
      return;
    }
    const file = extname(pathname) ? normalize(pathname) : '/index.html';
    const found = await read(join(folder, file)).catch(() => null);
    if (!found) return void response.writeHead(404).end();
    response.writeHead(200, {
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
      ...(found.zipped ? { 'Content-Encoding': 'gzip' } : {}),
    });
    response.end(found.body);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
