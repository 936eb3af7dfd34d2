import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type axe from 'axe-core';
import { expect, open, signIn, test } from './upstream';

// Evaluated, not added as an element: the page's policy takes scripts from its own server alone.
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What of the page (or what `within` selects of it) fails WCAG 2.2 AA, each with the element concerned. */
async function violations(page: Page, within = 'html'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== 'running'));
  return page.evaluate(
    async ([within, tags]) => {
      const engine = (window as unknown as { axe: typeof axe }).axe;
      const { violations: found } = await engine.run(within, { runOnly: { type: 'tag', values: tags } });
      return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
    },
    [within, WCAG_22_AA] as const,
  );
}

const fits = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

/** Runs in the page, before anything of it: adds up by how much its parts move while nobody touches it. */
function watchShifts() {
  const watched = window as unknown as { shifted: number };
  watched.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
      if (!entry.hadRecentInput) watched.shifted += entry.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
}
const shifted = (page: Page) => page.evaluate(() => (window as unknown as { shifted: number }).shifted);

const firstLink = async (page: Page, start: string): Promise<string> =>
  (await page.locator(`main a[href^="${start}"]`).first().getAttribute('href')) as string;

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 860 } });

      const check = async (page: Page, what: string, within?: string) => {
        expect.soft(await violations(page, within), what).toEqual([]);
        expect.soft(await fits(page), `${what} fits the width`).toBe(true);
        expect.soft(await shifted(page), `${what} stands still`).toBeLessThanOrEqual(0.02);
      };

      test.beforeEach(({ page }) => page.addInitScript(watchShifts));

      test('sign-in can be used by everyone', async ({ page }) => {
        await page.goto('/inbox');
        await expect(page.getByRole('heading', { name: 'Sign in to Upstream' })).toBeVisible();
        await check(page, 'sign-in');
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await check(page, 'sign-in with mistakes');
      });

      test('every page can be used by everyone', async ({ page }) => {
        test.setTimeout(180_000);
        await signIn(page.request);
        for (const path of [
          '/inbox',
          '/inbox?state=RESOLVED',
          '/claims',
          '/claims?control=nothing',
          '/payers',
          '/uploads',
          '/uploads/mappings',
          '/exports',
          '/audit',
          '/settings/detection',
          '/settings/events',
          '/settings/groups',
          '/settings/locations',
          '/settings/members',
          '/settings/keys',
          '/settings/webhooks',
          '/settings/addresses',
          '/account',
          '/backtest',
          '/explore',
          '/backtest?job=0190a000-0000-7000-8000-000000000000',
          '/nowhere',
        ]) {
          await open(page, path);
          await check(page, path);
        }
        for (const [list, start] of [
          ['/claims', '/claims/'],
          ['/payers', '/payers/'],
          ['/uploads', '/uploads/'],
          ['/inbox?state=ALL&kind=DENIAL_RATE', '/alerts/'],
          ['/inbox?state=ALL&kind=DENIAL_COHORT', '/alerts/'],
        ] as const) {
          await open(page, list);
          await expect(page.locator(`main a[href^="${start}"]`).first()).toBeVisible();
          await open(page, await firstLink(page, start));
          await check(page, `one of ${list}`);
        }
        await open(page, '/uploads');
        await page.locator('li:has(dd[data-urgent]) a').first().click();
        await expect(page.getByRole('region', { name: 'Rejected rows' })).not.toHaveCount(0);
        await check(page, 'an upload with rejected rows');
      });

      test('an alert, its table and its dialogs can be used by everyone', async ({ page }) => {
        await signIn(page.request);
        await open(page, '/inbox?state=ALL&kind=PAYMENT_DELAY');
        await open(page, await firstLink(page, '/alerts/'));
        await check(page, 'an alert');
        await page.getByRole('slider').focus();
        await page.keyboard.press('ArrowLeft');
        await check(page, 'an alert while its chart is read');
        await page.getByRole('button', { name: 'As table' }).click();
        await expect(page.getByRole('columnheader', { name: 'Evidence' })).toBeVisible();
        await check(page, 'an alert as a table');
        await page.getByRole('button', { name: 'Snooze…' }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await check(page, 'the snooze dialog');
      });

      test('a backtest, its effect on the settings and the dialog of events can be used by everyone', async ({
        page,
      }) => {
        test.setTimeout(180_000);
        await signIn(page.request);
        await open(page, '/backtest');
        await page.getByRole('button', { name: 'Run the backtest' }).click();
        const timeline = page.getByRole('slider', { name: 'What would have been told, by date' });
        await expect(timeline).toBeVisible({ timeout: 60_000 });
        await check(page, 'a backtest');
        await timeline.focus();
        await page.keyboard.press('ArrowRight');
        await check(page, 'a backtest while its timeline is read');

        await open(page, '/settings/detection?budget=1&band=1.20');
        await page.getByRole('button', { name: 'Show the effect' }).click();
        await expect(page.getByRole('region', { name: 'The effect on the last 12 months' })).toBeVisible({
          timeout: 60_000,
        });
        await check(page, 'the effect of settings');

        await open(page, '/settings/events');
        await page.getByRole('button', { name: 'Add an event' }).first().click();
        const dialog = page.getByRole('dialog', { name: 'Add an event' });
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await expect(dialog.getByText('Give the event a title.')).toBeVisible();
        await check(page, 'the dialog of an event with mistakes');
      });

      test('a query, its answer and its dialogs can be used by everyone', async ({ page }) => {
        test.setTimeout(90_000);
        await signIn(page.request);
        await open(page, '/explore');
        await page.getByRole('button', { name: /denial rate rose most/ }).click();
        await expect(page.getByText(/Costs up to/)).toBeVisible();
        await page.getByRole('button', { name: /^Run/ }).click();
        await expect(page.getByRole('region', { name: 'Rows of metrics' })).toBeVisible();
        await check(page, 'an answer as a grid');
        await page.getByText('Chart', { exact: true }).click();
        await expect(page.getByRole('combobox', { name: 'Figure' })).toBeVisible();
        await check(page, 'an answer as a chart');
        await page.getByText('Schema', { exact: true }).click();
        await expect(page.getByRole('list', { name: 'Fields of Query' })).toBeVisible();
        await check(page, 'the schema');
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await check(page, 'the dialog of a query with mistakes');
        await dialog.getByLabel('Name').fill(`Rose most ${colorScheme} ${width}`);
        await dialog.getByRole('button', { name: 'Save' }).click();
        await page.getByRole('button', { name: /^Schedule/ }).click();
        await expect(dialog.getByLabel('How often')).toBeVisible();
        await check(page, 'the dialog of a schedule');
      });

      test('menus, help and the palette can be used by everyone', async ({ page }) => {
        await signIn(page.request);
        await open(page, '/inbox?state=ALL');
        for (const name of [/^Exports/, /^Account of/]) {
          await page.getByRole('button', { name }).click();
          await expect(page.getByRole('dialog', { name })).toBeVisible();
          // What it covers cannot be reached while it is open.
          await check(page, `the menu ${name}`, '[role="dialog"]');
          await page.keyboard.press('Escape');
          await expect(page.getByRole('dialog')).toHaveCount(0);
        }
        await page.locator('h1').click();
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog', { name: 'Keys on this page' })).toBeVisible();
        await check(page, 'help');
        await page.keyboard.press('Escape');
        await page.keyboard.press('Control+k');
        await expect(page.getByRole('textbox', { name: 'Search and commands' })).toBeFocused();
        await check(page, 'the palette');
      });
    });
  }
}

test.describe('on a phone with a slow line', () => {
  test.use({ viewport: { width: 360, height: 860 } });

  test('no page moves when its font comes late', async ({ page }) => {
    await page.addInitScript(watchShifts);
    await page.route('**/*.woff2', async (route) => {
      await new Promise((arrived) => setTimeout(arrived, 800));
      await route.continue();
    });
    await signIn(page.request);
    for (const path of ['/inbox', '/claims', '/payers', '/uploads']) {
      const font = page.waitForResponse(/\.woff2$/);
      await open(page, path);
      await font;
      await page.evaluate(() => document.fonts.ready);
      expect.soft(await shifted(page), `${path} stands still`).toBeLessThanOrEqual(0.02);
    }
  });
});
