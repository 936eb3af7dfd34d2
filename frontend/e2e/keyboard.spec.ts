import { devices, type Page } from '@playwright/test';
import { PEOPLE } from './support/people';
import { expect, open, signIn, test } from './upstream';

const alertLinks = (page: Page) => page.getByRole('list', { name: 'Alerts' }).getByRole('link');
const told = (page: Page, text: string | RegExp) => page.getByRole('alert').filter({ hasText: text });

/** The two changes of the demo, in the order of the inbox. */
async function openInbox(page: Page): Promise<string[]> {
  await signIn(page.request, PEOPLE.careTeam.email);
  await open(page, '/inbox', 'Inbox');
  await expect(alertLinks(page).nth(1)).toBeVisible();
  return alertLinks(page).allTextContents();
}

test.describe('with the keyboard alone', () => {
  test('one walks the inbox, opens an alert and goes on to the next', async ({ page }) => {
    const headlines = await openInbox(page);
    await page.keyboard.press('j');
    await expect(alertLinks(page).nth(0)).toBeFocused();
    await page.keyboard.press('j');
    await expect(alertLinks(page).nth(1)).toBeFocused();
    await page.keyboard.press('k');
    await expect(alertLinks(page).nth(0)).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: headlines[0] })).toBeVisible();
    await page.keyboard.press('J');
    await expect(page.getByRole('heading', { level: 1, name: headlines[1] })).toBeVisible();
    await page.keyboard.press('K');
    await expect(page.getByRole('heading', { level: 1, name: headlines[0] })).toBeVisible();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await expect(page.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
  });

  test('one acknowledges and takes it back', async ({ page }) => {
    const headlines = await openInbox(page);
    await page.keyboard.press('j');
    await page.keyboard.press('e');
    await expect(told(page, 'Acknowledged')).toBeVisible();
    await expect(alertLinks(page)).toHaveText(headlines.slice(1));
    await page.keyboard.press('z');
    await expect(alertLinks(page)).toHaveText(headlines);
  });

  test('one snoozes and takes it back', async ({ page }) => {
    const headlines = await openInbox(page);
    await page.keyboard.press('j');
    await page.keyboard.press('s');
    const dialog = page.getByRole('dialog', { name: 'Snooze this alert until' });
    await expect(dialog.getByRole('button', { name: 'Next Monday' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(alertLinks(page).nth(0)).toBeFocused();

    await page.keyboard.press('s');
    await expect(dialog.getByRole('button', { name: 'Next Monday' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(told(page, /Snoozed until \d+ \w+ \d{4}/)).toBeVisible();
    await expect(alertLinks(page)).toHaveText(headlines.slice(1));
    await page.keyboard.press('z');
    await expect(alertLinks(page)).toHaveText(headlines);
  });

  test('one selects several and acts on all of them', async ({ page }) => {
    const headlines = await openInbox(page);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await expect(page.getByRole('region', { name: 'Selected alerts' })).toContainText('2 alerts selected');
    await page.keyboard.press('e');
    await expect(told(page, 'Acknowledged · 2 alerts')).toBeVisible();
    await expect(alertLinks(page)).toHaveText(headlines.slice(2));
    await page.keyboard.press('z');
    await expect(alertLinks(page)).toHaveText(headlines);
  });

  test('one learns the keys, and turns the single letters off', async ({ page }) => {
    await openInbox(page);
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys on this page' });
    for (const label of ['Next alert', 'Previous alert', 'Open the alert', 'Acknowledge', 'Undo the last action']) {
      await expect(help.getByText(label, { exact: true })).toBeVisible();
    }
    await help.getByRole('switch', { name: 'Single-letter keys' }).press('Space');
    await page.keyboard.press('Escape');
    await expect(help).toBeHidden();
    await page.keyboard.press('j');
    await page.keyboard.press('Control+k');
    await expect(page.getByPlaceholder(/^A claim's control number/)).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByPlaceholder(/^A claim's control number/)).toBeHidden();
    await expect(alertLinks(page).nth(0)).not.toBeFocused();
  });

  test('one finds a payer, a claim and an alert from anywhere', async ({ page }) => {
    await openInbox(page);
    const find = async (text: string, label: string | RegExp) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder(/^A claim's control number/).fill(text);
      await expect(page.getByRole('button', { name: label })).toBeVisible();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
    };
    await find('HL25000001', /^HL25000001/);
    await expect(page.getByRole('heading', { level: 1, name: 'Claim HL25000001' })).toBeVisible();
    await find('ironwhistle', /^Ironwhistle State Assistance/);
    await expect(page.getByRole('heading', { level: 1, name: 'Ironwhistle State Assistance' })).toBeVisible();
    await find('merrowdale', /^Merrowdale Mutual pays/);
    await expect(page.getByRole('heading', { level: 1, name: /^Merrowdale Mutual pays/ })).toBeVisible();
  });
});

test.describe('on a phone', () => {
  const { defaultBrowserType: _, ...phone } = devices['Galaxy S9+'];
  test.use({ ...phone, viewport: { width: 360, height: 740 } });

  test('one reads an alert, reads its chart by touch, decides on it and takes that back', async ({ page }) => {
    const headlines = await openInbox(page);
    await alertLinks(page).nth(0).tap();
    await expect(page.getByRole('heading', { level: 1, name: headlines[0] })).toBeVisible();
    const chart = page.getByRole('slider');
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    await chart.tap({ position: { x: (box?.width ?? 0) / 2, y: 60 } });
    await expect(page.getByRole('link', { name: 'Open these claims' })).toBeVisible();
    await expect(page).toHaveURL(/\/alerts\//);

    const next = page.getByRole('region', { name: 'Next step' });
    await next.getByRole('button', { name: 'Acknowledge' }).tap();
    await expect(next).toContainText('Acknowledged');
    await told(page, 'Acknowledged').getByRole('button', { name: 'Undo' }).tap();
    await expect(next).toContainText('Open');

    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Inbox' }).tap();
    await expect(alertLinks(page)).toHaveText(headlines);
  });
});
