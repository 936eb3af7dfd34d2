// Weighs the built pages against their budgets and, where UPSTREAM_URL names a running Upstream with its demo, measures
// them in a browser: a table for people, then one line of JSON. Exits 1 when a budget does not hold.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { measure } from './measure.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'));

const FIRST_SCREEN = ['src/app/mount.tsx', 'src/features/alerts/inbox/InboxPage.tsx'];
const BUDGETS_KB = { firstScreenJs: 235, firstScreenCss: 25, otherRoute: 45, explore: 200, fonts: 50 };

const kilobytes = (bytes) => Math.round(bytes / 100) / 10;
const gzipped = (file) => gzipSync(readFileSync(dist + file), { level: 9 }).length;
const weigh = (files) => kilobytes([...files].reduce((sum, file) => sum + gzipped(file), 0));

/** Everything a browser loads for a chunk: itself, and what it imports before it can run. */
function loaded(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) loaded(next, seen);
  return seen;
}
const scripts = (keys) => new Set([...keys].map((key) => manifest[key].file));
const styles = (keys) => new Set([...keys].flatMap((key) => manifest[key].css ?? []));

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = new Set([entry, ...FIRST_SCREEN].flatMap((key) => [...loaded(key)]));
const lazy = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry && !FIRST_SCREEN.includes(key));
const figures = {
  firstScreenJs: { value: weigh(scripts(first)), target: BUDGETS_KB.firstScreenJs },
  firstScreenCss: { value: weigh(styles(first)), target: BUDGETS_KB.firstScreenCss },
  fonts: {
    value: kilobytes(
      [...new Set(Object.values(manifest).flatMap((chunk) => chunk.assets ?? []))]
        .filter((file) => file.endsWith('.woff2'))
        .reduce((sum, file) => sum + readFileSync(dist + file).length, 0),
    ),
    target: BUDGETS_KB.fonts,
  },
};
const folder = (key) => key.slice(0, key.lastIndexOf('/'));
const isPage = (key) => key.endsWith('Page.tsx');

/** What a page has loaded already when a part of it, from the same folder, is fetched. */
function there(key) {
  const pages = isPage(key) ? [] : lazy.filter((each) => isPage(each) && folder(each) === folder(key));
  return pages.length === 1 ? loaded(pages[0]) : new Set();
}
for (const key of lazy) {
  const already = there(key);
  const extra = new Set([...loaded(key)].filter((each) => !first.has(each) && !already.has(each)));
  const value = kilobytes(1000 * (weigh(scripts(extra)) + weigh(styles(extra))));
  const name = key
    .split('/')
    .pop()
    .replace(/\.tsx?$/, '');
  figures[name] = { value, target: name === 'ExplorePage' ? BUDGETS_KB.explore : BUDGETS_KB.otherRoute };
}
if (process.env.UPSTREAM_URL) Object.assign(figures, await measure(dist, process.env.UPSTREAM_URL));
for (const figure of Object.values(figures)) figure.holds = figure.value <= figure.target;

console.log('kilobytes compressed with gzip; times in ms where the name says so');
console.log(`${'figure'.padEnd(18)}${'value'.padStart(8)}${'at most'.padStart(9)}`);
for (const [name, { value, target, holds }] of Object.entries(figures)) {
  console.log(
    `${name.padEnd(18)}${String(value).padStart(8)}${String(target).padStart(9)}  ${holds ? 'holds' : 'OVER'}`,
  );
}
console.log(JSON.stringify(figures));
process.exit(Object.values(figures).every(({ holds }) => holds) ? 0 : 1);
