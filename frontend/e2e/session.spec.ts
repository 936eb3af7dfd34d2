import { account, fillIn, ORGANIZATIONS, PASSWORD, PEOPLE, switchOrganization } from './support/people';
import { expect, open, signIn, test } from './upstream';

const heading = 'Sign in to Upstream';

test('signing in leads to the page one asked for, and a reload keeps the session', async ({ page, context }) => {
  await page.goto('/payers?order=CLAIMS_DESC');
  await fillIn(page, PEOPLE.careTeam.email, PASSWORD);
  await expect(page.getByRole('heading', { level: 1, name: 'Payers' })).toBeVisible();
  await expect(page).toHaveURL(/\/payers\?order=CLAIMS_DESC$/);

  const cookies = await context.cookies();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  const kept = await page.evaluate(() => Object.values({ ...localStorage, ...sessionStorage }).join(' '));
  expect(kept).not.toContain('eyJ');

  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Payers' })).toBeVisible();
});

test('signing out in one tab ends the session in the other', async ({ page, context }) => {
  await signIn(page.request, PEOPLE.careTeam.email);
  await open(page, '/inbox', 'Inbox');
  const other = await context.newPage();
  await open(other, '/claims', 'Claims');

  await account(page, PEOPLE.careTeam).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: heading })).toBeVisible();
  await expect(other.getByRole('heading', { name: heading })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: heading })).toBeVisible();
});

test('a wrong password is told, without saying which of the two was wrong', async ({ page }) => {
  await page.goto('/inbox');
  await fillIn(page, PEOPLE.careTeam.email, 'not the password');
  await expect(page.getByRole('alert')).toHaveText('The e-mail address or the password is not right.');
  await fillIn(page, PEOPLE.careTeam.email, PASSWORD);
  await expect(page.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
});

test('another organization brings its own alerts and none of the one before', async ({ page }) => {
  await signIn(page.request, PEOPLE.owner.email);
  await open(page, '/inbox', 'Inbox');
  const alerts = page.getByRole('list', { name: 'Alerts' });
  await expect(alerts).toContainText('Quillback Health Plan');
  await switchOrganization(page, ORGANIZATIONS.second);
  await expect(alerts).toContainText('Thistledown Community Plan');
  await expect(page.getByText('Quillback')).toHaveCount(0);
  await page.reload();
  await expect(alerts).toContainText('Thistledown Community Plan');
});
