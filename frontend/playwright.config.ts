import { defineConfig } from '@playwright/test';
import { BROWSER, BROWSER_FLAGS, URL } from './e2e/support/surroundings';

/** Journeys through a running Upstream with its demo (UPSTREAM_URL): real server, real worker, real browser. */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  // One after another, in the order of their names: all of them share one server with one worker.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    baseURL: URL,
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    timezoneId: 'America/New_York',
    colorScheme: 'light',
    acceptDownloads: true,
    screenshot: 'only-on-failure',
    // A third of the time a run takes; where a picture does not tell enough: npm run e2e -- --trace retain-on-failure
    trace: 'off',
    launchOptions: { executablePath: BROWSER, args: BROWSER_FLAGS },
  },
});
