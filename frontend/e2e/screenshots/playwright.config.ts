import { defineConfig } from '@playwright/test';
import journeys from '../../playwright.config';

/** `npm run screenshots`: pictures of every page, for people to look at; no test. */
export default defineConfig(journeys, {
  testDir: '.',
  testMatch: 'take.ts',
  outputDir: '../../test-results/screenshots-run',
  timeout: 180_000,
});
