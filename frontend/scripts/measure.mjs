// How fast and how still the built pages are, in a browser, against a running API.
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { serve } from './serve.mjs';

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const DESKTOP = { viewport: { width: 1280, height: 860 } };
const PAGES = ['/inbox', '/claims', '/payers', '/uploads', '/exports'];
const FIRST_ROW = { '/inbox': 'main a[href^="/alerts/"]' };
const RUNS = 3;
const TARGETS = { lcp: 1000, rows: 1200, midLcp: 1800, cls: 0.02, interaction: 200 };

const documents = JSON.parse(
  readFileSync(new URL('../../backend/upstream/api/documents/spa.json', import.meta.url), 'utf8'),
);
const SIGN_IN = Object.values(documents).find((text) => text.startsWith('mutation SignIn('));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs in the page, before anything of it: keeps what the browser says of paints, shifts and interactions. */
function observe() {
  window.seen = { lcp: 0, cls: 0, interaction: 0 };
  const watch = (type, note, options) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
  watch('largest-contentful-paint', (entry) => {
    window.seen.lcp = entry.startTime;
  });
  watch('layout-shift', (entry) => {
    if (!entry.hadRecentInput) window.seen.cls += entry.value;
  });
  watch(
    'event',
    (entry) => {
      if (entry.interactionId) window.seen.interaction = Math.max(window.seen.interaction, entry.duration);
    },
    { durationThreshold: 16 },
  );
}

async function signIn(context, url) {
  const email = process.env.UPSTREAM_EMAIL ?? 'owner@example.com';
  const password = process.env.UPSTREAM_PASSWORD ?? 'harbor-lantern-demo';
  const answer = await context.request.post(`${url}/graphql/`, {
    headers: { 'X-Upstream-Client': 'spa' },
    data: { query: SIGN_IN, variables: { input: { email, password, client: 'BROWSER' } } },
  });
  const { data } = await answer.json();
  if (!data.signIn.session) throw new Error(`Signing in as ${email} failed: ${data.signIn.errors[0]?.message}`);
}

/** One cold visit: largest paint and first row in ms from the start, and the shift of the layout. */
async function visit(browser, url, path, slow) {
  const context = await browser.newContext(DESKTOP);
  await signIn(context, url);
  const page = await context.newPage();
  await page.addInitScript(observe);
  if (slow) {
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 2 });
    const bytesASecond = 10_000_000 / 8;
    const network = { offline: false, latency: 40, downloadThroughput: bytesASecond, uploadThroughput: bytesASecond };
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', network);
  }
  await page.goto(url + path);
  await page
    .locator(FIRST_ROW[path] ?? 'main h1')
    .first()
    .waitFor();
  const rows = await page.evaluate(() => performance.now());
  await page.waitForLoadState('networkidle');
  const { lcp, cls } = await page.evaluate(() => window.seen);
  await context.close();
  return { lcp, rows, cls };
}

/** The slowest of what a person does all day: walking, selecting, opening help, filtering, opening an alert. */
async function interact(browser, url) {
  const context = await browser.newContext(DESKTOP);
  await signIn(context, url);
  const page = await context.newPage();
  await page.addInitScript(observe);
  await page.goto(`${url}/inbox?state=ALL`);
  await page.locator('main a[href^="/alerts/"]').first().waitFor();
  for (const key of ['j', 'x', 'j', 'x', '?']) await page.keyboard.press(key, { delay: 30 });
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  const search = page.getByRole('textbox', { name: 'Search and commands' });
  await search.waitFor();
  await page.keyboard.type('pay', { delay: 40 });
  await page.keyboard.press('Escape');
  await search.waitFor({ state: 'hidden' });
  await page.locator('main a[href^="/alerts/"]').first().click();
  await page.getByRole('slider').waitFor();
  await page.getByRole('slider').hover();
  await page.getByRole('button', { name: 'As table' }).click();
  await page.getByRole('table').first().waitFor();
  await page.waitForTimeout(500);
  const { interaction } = await page.evaluate(() => window.seen);
  await context.close();
  return interaction;
}

/** Figures of the pages in `folder` with the API at `api`, each {value, target}. */
export async function measure(folder, api) {
  const { url, stop } = await serve(folder, api);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: FLAGS.split(' '),
  });
  try {
    await visit(browser, url, '/inbox', false); // warms the API and the disk
    const desktop = [];
    const mid = [];
    for (let run = 0; run < RUNS; run += 1) desktop.push(await visit(browser, url, '/inbox', false));
    for (let run = 0; run < RUNS; run += 1) mid.push(await visit(browser, url, '/inbox', true));
    const shifts = [];
    for (const path of PAGES) shifts.push((await visit(browser, url, path, false)).cls);
    return {
      lcpMs: { value: Math.round(median(desktop.map(({ lcp }) => lcp))), target: TARGETS.lcp },
      rowsMs: { value: Math.round(median(desktop.map(({ rows }) => rows))), target: TARGETS.rows },
      midLcpMs: { value: Math.round(median(mid.map(({ lcp }) => lcp))), target: TARGETS.midLcp },
      cls: { value: Math.round(Math.max(...shifts) * 1000) / 1000, target: TARGETS.cls },
      interactionMs: { value: Math.round(await interact(browser, url)), target: TARGETS.interaction },
    };
  } finally {
    await browser.close();
    stop();
  }
}
