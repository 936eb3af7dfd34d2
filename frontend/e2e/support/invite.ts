import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';

/** Where the worker prints the mail it sends, on a stack of `make e2e`. */
const MAIL = process.env.UPSTREAM_MAIL ?? '';

/** Invites somebody as a viewer, on the page of members; returns the link that is mailed to them. */
export async function invite(page: Page, email: string, name: string): Promise<string> {
  expect(MAIL, 'UPSTREAM_MAIL names the file that mail is printed to; `make e2e` sets it').not.toBe('');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Role', { exact: true }).selectOption('Viewer');
  await page.getByLabel('Name').fill(name);
  await page.keyboard.press('Enter');
  const invitations = page.getByRole('region', { name: 'Invitations' });
  const row = invitations.getByRole('row', { name: new RegExp(name) });
  await expect(row).toContainText('Until', { timeout: 30_000 });
  const mail = readFileSync(MAIL, 'utf8').split(`To: ${email}`).slice(1).at(-1);
  const link = /http\S+\/invitation#\S+/.exec(mail ?? '')?.[0];
  expect(link).toBeDefined();
  return link as string;
}
