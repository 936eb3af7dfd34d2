import type { Page } from '@playwright/test';
import { invite } from './support/invite';
import { account, ORGANIZATIONS, PEOPLE, switchOrganization } from './support/people';
import { expect, open, signIn, test } from './upstream';

const withProvider = (page: Page) => page.getByRole('button', { name: 'Sign in with Harbor ID' });

/** At the provider, whose page the browser is on. */
async function tellWho(page: Page, email: string) {
  await expect(page.getByRole('heading', { level: 1, name: 'Who are you?' })).toBeVisible();
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a member signs in by the identity provider and is back where they were', async ({ page }) => {
  await page.goto('/claims?outcome=DENIED');
  await withProvider(page).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alert')).toContainText('You were not signed in there.');
  await withProvider(page).click();
  await tellWho(page, 'nobody@example.com');
  await expect(page.getByRole('alert')).toContainText('Nobody at Upstream has the address nobody@example.com.');
  await withProvider(page).click();
  await tellWho(page, PEOPLE.careTeam.email);
  await expect(page.getByRole('heading', { level: 1, name: 'Claims' })).toBeVisible();
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/claims?outcome=DENIED');
  await page.reload();
  await account(page, PEOPLE.careTeam).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(withProvider(page)).toBeVisible();
});

test('somebody invited joins by the identity provider, and needs no password', async ({ page, browser }) => {
  const email = `wren.hollowell.${Date.now()}@example.com`;
  await signIn(page.request);
  await open(page, '/settings/members', 'Members');
  const link = await invite(page, email, 'Wren Hollowell');
  const theirs = await (await browser.newContext()).newPage();
  await theirs.goto(link);
  await theirs.getByRole('button', { name: 'Join with Harbor ID' }).click();
  await tellWho(theirs, email);
  await expect(theirs.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
  await expect(theirs.getByRole('button', { name: 'Account of Wren Hollowell' })).toBeVisible();

  await page.reload();
  const members = page.getByRole('region', { name: 'Members' });
  await expect(members.getByRole('row', { name: /Wren Hollowell/ })).toContainText('Viewer');
  await page.getByRole('button', { name: 'Remove Wren Hollowell' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(members.getByRole('row', { name: /Wren Hollowell/ })).toHaveCount(0);
});

test('a member of one organization joins another one by the identity provider', async ({ page, browser }) => {
  const { email, name } = PEOPLE.viewer;
  await signIn(page.request);
  await open(page, '/inbox', 'Inbox');
  await switchOrganization(page, ORGANIZATIONS.second);
  await open(page, '/settings/members', 'Members');
  const link = await invite(page, email, name);
  const theirs = await (await browser.newContext()).newPage();
  await theirs.goto(link);
  await theirs.getByRole('button', { name: 'Sign in with Harbor ID' }).click();
  await tellWho(theirs, email);
  await theirs.getByRole('button', { name: 'Join' }).click();
  await expect(theirs.getByRole('button', { name: /switch organization/i })).toContainText(ORGANIZATIONS.second);

  await page.reload();
  await page.getByRole('button', { name: `Remove ${name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByRole('region', { name: 'Members' }).getByRole('row', { name })).toHaveCount(0);
});
