import { invite } from './support/invite';
import { expect, open, signIn, test } from './upstream';

const PASSWORD = 'copper kettle on the hill';

test('somebody is invited, joins, gets another role and is removed', async ({ page, browser }) => {
  const email = `robin.${Date.now()}@example.com`;
  await signIn(page.request);
  await open(page, '/settings/members', 'Members');
  const link = await invite(page, email, 'Robin Fernhollow');
  const members = page.getByRole('region', { name: 'Members' });

  const theirs = await (await browser.newContext()).newPage();
  await theirs.goto(link);
  await expect(theirs.getByRole('heading', { level: 1, name: /^Join / })).toBeVisible();
  await theirs.getByLabel('Choose a password').fill(PASSWORD);
  await theirs.keyboard.press('Enter');
  await expect(theirs.getByRole('button', { name: 'Account of Robin Fernhollow' })).toBeVisible();
  expect(theirs.url()).not.toContain('#');
  await expect(theirs.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Exports' })).toHaveCount(0);

  await page.reload();
  await expect(page.getByText('Nobody is being waited for.')).toBeVisible();
  await page.getByRole('button', { name: 'Change role of Robin Fernhollow' }).click();
  await page.getByLabel('Role', { exact: true }).selectOption('Analyst');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(members.getByRole('row', { name: /Robin Fernhollow/ })).toContainText('Analyst');
  await theirs.reload();
  await expect(theirs.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Exports' })).toBeVisible();

  await page.getByRole('button', { name: 'Remove Robin Fernhollow' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(members.getByRole('row', { name: /Robin Fernhollow/ })).toHaveCount(0);
  await theirs.reload();
  await expect(theirs.getByRole('heading', { level: 1, name: 'Sign in to Upstream' })).toBeVisible();
  await theirs.goto(link);
  await expect(theirs.getByRole('alert')).toContainText('does not count any more');
});
