import type { Page } from '@playwright/test';
import { fact, goTo, isoDate, number } from './support/pages';
import { PEOPLE } from './support/people';
import { expect, open, signIn, test } from './upstream';

const TITLE = 'What would Upstream have told you';
const THERAPY = 'Authorization letter for therapy';

test.describe.configure({ mode: 'serial' });

const timeline = (page: Page) => page.getByRole('slider', { name: 'What would have been told, by date' });
const table = (page: Page) => page.getByRole('region', { name: 'What would have been told, by date' });

test.describe('from a backtest to the settings', () => {
  let alerts: number;

  test('a year is replayed, read on the timeline and in the table, and leads to an alert', async ({ page }) => {
    await signIn(page.request, PEOPLE.careTeam.email);
    await open(page, '/backtest', TITLE);
    await page.getByRole('button', { name: 'Run the backtest' }).click();
    await expect(page).toHaveURL(/job=/);
    await expect(timeline(page)).toBeVisible({ timeout: 60_000 });

    const told = page.getByRole('status').filter({ hasText: 'without an alert between' });
    alerts = number(/^([\d,]+) alerts?/.exec((await told.textContent()) ?? '')?.[1] ?? '');
    expect(alerts).toBeGreaterThan(0);
    await expect(table(page).getByRole('cell', { name: 'Alert', exact: true })).toHaveCount(alerts);
    await expect(told).toContainText(/Of those without an alert, \d+ (is|are) explained by another/);
    await expect(table(page).getByRole('cell', { name: /^Explained by the alert of / })).not.toHaveCount(0);

    const address = page.url();
    await page.goto(address);
    await expect(timeline(page)).toBeVisible();
    await timeline(page).focus();
    await timeline(page).press('End');
    const [latest] = await table(page).getByRole('row').nth(1).getByRole('cell').allTextContents();
    await expect(timeline(page)).toHaveAttribute('aria-valuetext', new RegExp(`^${latest},`));

    const toldAsAlert = page.getByRole('cell', { name: 'Alert', exact: true });
    const link = table(page).getByRole('row').filter({ has: toldAsAlert }).getByRole('link').first();
    const [payer] = ((await link.textContent()) ?? '').split(/ (?:denies|pays|has|takes) /);
    await link.click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(payer as string);
    await expect(page).toHaveURL(/\/alerts\//);
  });

  test('an event that was known of stands beside the change it may explain, and is deleted and brought back', async ({
    page,
  }) => {
    await signIn(page.request, PEOPLE.careTeam.email);
    await open(page, '/inbox?state=ALL');
    const alert = page
      .getByRole('list', { name: 'Alerts' })
      .getByRole('link', { name: /^Quillback Health Plan denies/ });
    await alert.first().click();
    const others = page.getByRole('region', { name: 'What else happened then' });
    await expect(others).toBeVisible();
    await expect(others.getByRole('listitem').filter({ hasText: THERAPY })).toHaveCount(0);
    const address = page.url();
    const since = /^\d+ \w+ \d+/.exec((await fact(page, 'Since').textContent()) ?? '')?.[0] ?? '';

    await others.getByRole('link', { name: 'Add an event' }).click();
    await page.getByRole('button', { name: 'Add an event' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Add an event' });
    await dialog.getByLabel('Title').fill(THERAPY);
    await dialog.getByLabel('Kind').selectOption('New rule or policy');
    await dialog.getByLabel('First day').fill(isoDate(since));
    await dialog.getByLabel('Payer').selectOption('Quillback Health Plan');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: THERAPY });
    await expect(row).toContainText(since);

    await page.goto(address);
    await expect(others.getByRole('listitem').filter({ hasText: THERAPY })).toContainText(since);

    await open(page, '/settings/events', 'Known events');
    await page.getByRole('button', { name: `Delete ${THERAPY}` }).click();
    await expect(row).toHaveCount(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(row).toHaveCount(1);

    await page.getByRole('button', { name: `Delete ${THERAPY}` }).click();
    await expect(row).toHaveCount(0);
  });

  test('a service group takes a code after its preview, and gives its claims back', async ({ page }) => {
    await signIn(page.request, PEOPLE.owner.email);
    await open(page, '/settings/groups', 'Service groups');
    await page.getByRole('button', { name: 'Add a group' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a group' });
    await dialog.getByLabel('Name').fill('Spine scans');
    await dialog.getByLabel('Codes').fill('72146-72149 spines');
    await dialog.getByRole('button', { name: 'See what moves' }).click();
    await expect(dialog.getByText(/^SPINES is no procedure code/)).toBeVisible();
    await dialog.getByLabel('Codes').fill('72148');
    await dialog.getByRole('button', { name: 'See what moves' }).click();
    const moves = dialog.getByRole('region', { name: 'What moves' });
    await expect(moves).toContainText('72148 lies within 70010-77092 of Imaging');
    const claims = number((await moves.getByRole('listitem').textContent())?.replace(/.*→ The new group/, '') ?? '');
    expect(claims).toBeGreaterThan(0);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('row', { name: /Spine scans/ })).toContainText('72148');

    const moving = page.getByRole('status').filter({ hasText: 'Claims of the past' });
    await expect(moving).toHaveCount(0, { timeout: 60_000 });
    await page.getByRole('button', { name: 'Remove Spine scans' }).click();
    const question = page.getByRole('dialog', { name: 'Remove “Spine scans”?' });
    await expect(question.getByText('Spine scans → Imaging')).toBeVisible();
    expect(
      number((await question.getByRole('listitem').textContent())?.replace('Spine scans → Imaging', '') ?? ''),
    ).toBe(claims);
    await question.getByRole('button', { name: 'Keep it' }).click();

    await page.getByRole('button', { name: 'Go back before: Spine scans added' }).click();
    await expect(page.getByRole('row', { name: /Spine scans/ })).toHaveCount(0);
    await expect(moving).toHaveCount(0, { timeout: 60_000 });
  });

  test('new settings are tried on the last year before they are saved, and saved by an owner only', async ({
    page,
  }) => {
    await signIn(page.request, PEOPLE.careTeam.email);
    await open(page, '/settings/detection', 'Detection');
    await expect(page.getByRole('button', { name: 'Save', exact: true })).toHaveCount(0);
    await expect(page.getByText(/^Owners and administrators change these settings/)).toBeVisible();

    await page.context().clearCookies();
    await signIn(page.request, PEOPLE.owner.email);
    await open(page, '/inbox');
    await goTo(page, 'Settings', 'Detection');
    const budget = page.getByLabel('Alerts a week, at most');
    const save = page.getByRole('button', { name: 'Save', exact: true });
    await budget.fill('1');
    await expect(save).toBeDisabled();
    await page.getByRole('button', { name: 'Show the effect' }).click();
    const effect = page.getByRole('region', { name: 'The effect on the last 12 months' });
    await expect(effect).toBeVisible({ timeout: 60_000 });
    const counts = effect.getByRole('row', { name: /^Alerts \d/ }).getByRole('cell');
    await expect(counts.nth(0)).toHaveText(String(alerts));
    expect(number((await counts.nth(1).textContent()) ?? '')).toBeLessThanOrEqual(alerts);
    await save.click();
    await expect(page.getByText(/^Saved\. Upstream looks for changes again/)).toBeVisible();
    await page.reload();
    await expect(budget).toHaveValue('1');

    // Back as it was: other journeys share this Upstream.
    await budget.fill('3');
    await page.getByRole('button', { name: 'Show the effect' }).click();
    await expect(effect).toBeVisible({ timeout: 60_000 });
    await save.click();
    await expect(page.getByText(/^Saved\. Upstream looks for changes again/)).toBeVisible();
  });
});
