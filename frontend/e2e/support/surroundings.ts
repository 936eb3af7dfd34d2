import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where the journeys run: the server under test, the browser, this repository and its Python. */

export const URL = process.env.UPSTREAM_URL || 'http://localhost:3000';
export const BROWSER = process.env.CHROMIUM_PATH || '/usr/bin/chromium';
export const BROWSER_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const ROOT = fileURLToPath(new globalThis.URL('../../../', import.meta.url));
export const SAMPLES = process.env.UPSTREAM_SAMPLES || `${ROOT}../shared/samples`;

/** Runs Python of the repository's environment from its root; returns what it printed. */
export const python = (...args: string[]): string =>
  execFileSync(`${ROOT}.venv/bin/python`, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
