import { mkdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { PEOPLE } from '../support/people';
import { ROOT } from '../support/surroundings';
import { open, signIn, test } from '../upstream';

const FOLDER = process.env.SCREENSHOTS || `${ROOT}frontend/test-results/screenshots`;
const README = `${ROOT}docs/images`;

/** Waits until nothing moves, then takes the whole page as one tall screen, so that what sticks to an edge is there. */
async function take(page: Page, path: string, { whole = true } = {}): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
  const size = page.viewportSize();
  if (whole && size) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: size.width, height: Math.max(size.height, Math.min(height, 6_000)) });
  }
  await page.screenshot({ path });
  if (size) await page.setViewportSize(size);
}

const follow = async (page: Page, list: string, link: string): Promise<void> => {
  await open(page, list);
  const address = await page.locator(`main ${link}`).first().getAttribute('href');
  await open(page, address ?? '');
};

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test(`every page, ${colorScheme}, ${width} px`, async ({ page }) => {
      mkdirSync(FOLDER, { recursive: true });
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const shoot = (name: string, options?: { whole: boolean }) =>
        take(page, `${FOLDER}/${name}-${width}-${colorScheme}.png`, options);

      await page.goto('/');
      await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
      await shoot('sign-in');
      await signIn(page.request, PEOPLE.careTeam.email);
      for (const [name, path] of [
        ['inbox', '/inbox?state=ALL'],
        ['inbox-empty', '/inbox?q=nothing'],
        ['claims', '/claims'],
        ['claims-empty', '/claims?control=nothing'],
        ['payers', '/payers'],
        ['uploads', '/uploads'],
        ['exports', '/exports'],
        ['backtest-empty', '/backtest'],
        ['events', '/settings/events'],
        ['not-found', '/nowhere'],
      ] as const) {
        await open(page, path);
        await shoot(name);
      }
      await follow(page, '/payers', 'a[href^="/payers/"]');
      await shoot('payer');
      await follow(page, '/uploads', 'li:has(dd[data-urgent]) a[href^="/uploads/"]');
      await shoot('upload');
      await follow(page, '/claims?outcome=DENIED', 'a[href^="/claims/"]');
      await page.getByRole('button', { name: 'Reveal' }).click();
      await page.getByRole('button', { name: 'Hide' }).waitFor();
      await shoot('claim-revealed');
      for (const kind of ['DENIAL_RATE', 'PAYMENT_DELAY']) {
        await follow(page, `/inbox?state=ALL&kind=${kind}`, 'a[href^="/alerts/"]');
        await page.getByRole('slider').focus();
        await shoot(`alert-${kind.toLowerCase()}`);
      }
      await page.getByRole('button', { name: 'As table' }).click();
      await page.getByRole('button', { name: 'Snooze…' }).click();
      await page.getByRole('dialog').waitFor();
      await shoot('alert-snooze', { whole: false });
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'PDF for the director' }).click();
      await page.getByRole('button', { name: /^Exports/ }).click();
      await page.getByRole('button', { name: 'Download' }).first().waitFor();
      await shoot('exports-tray', { whole: false });
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Account of/ }).click();
      await shoot('account', { whole: false });
      await page.keyboard.press('Escape');
      await page.getByRole('heading', { level: 1 }).click();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys on this page' }).waitFor();
      await shoot('keys', { whole: false });
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder(/^A claim's control number/).fill('health');
      await page.getByRole('button', { name: 'Quillback Health Plan', exact: false }).first().waitFor();
      await shoot('palette', { whole: false });

      await page.keyboard.press('Escape');
      await open(page, '/backtest');
      await page.getByRole('button', { name: 'Run the backtest' }).click();
      await page.getByRole('slider').focus({ timeout: 60_000 });
      await shoot('backtest');
      await open(page, '/settings/detection?budget=1&band=1.20');
      await page.getByRole('button', { name: /^Show the effect/ }).click();
      await page.getByRole('region', { name: 'The effect on the last 12 months' }).waitFor({ timeout: 60_000 });
      await shoot('detection');

      await page.context().clearCookies();
      await signIn(page.request, PEOPLE.auditor.email);
      await open(page, '/inbox');
      await shoot('no-permission');
    });
  }
}

test('the pictures of the README', async ({ page }) => {
  mkdirSync(README, { recursive: true });
  await signIn(page.request, PEOPLE.careTeam.email);
  await page.setViewportSize({ width: 1280, height: 640 });
  await open(page, '/inbox');
  await take(page, `${README}/inbox.png`, { whole: false });
  await page.setViewportSize({ width: 1280, height: 1000 });
  await follow(page, '/inbox', 'a[href^="/alerts/"]:has-text("denies")');
  await take(page, `${README}/alert.png`, { whole: false });
});
