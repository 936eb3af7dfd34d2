import { readFileSync } from 'node:fs';
import { expect, open, signIn, test } from './upstream';

/** Where the worker prints the mail it sends, on a stack of `make e2e`. */
const MAIL = process.env.UPSTREAM_MAIL ?? '';
const PASSWORD = 'copper kettle on the hill';

/** The link of the last invitation that was mailed to an address. */
function linkFor(email: string): string | undefined {
  const mail = readFileSync(MAIL, 'utf8').split(`To: ${email}`).slice(1).at(-1);
  return /http\S+\/invitation#\S+/.exec(mail ?? '')?.[0];
}

test('somebody is invited, joins, gets another role and is removed', async ({ page, browser }) => {
  expect(MAIL, 'UPSTREAM_MAIL names the file that mail is printed to; `make e2e` sets it').not.toBe('');
  const email = `robin.${Date.now()}@example.com`;
  await signIn(page.request);
  await open(page, '/settings/members', 'Members');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Role', { exact: true }).selectOption('Viewer');
  await page.getByLabel('Name').fill('Robin Fernhollow');
  await page.keyboard.press('Enter');
  const members = page.getByRole('region', { name: 'Members' });
  const invitations = page.getByRole('region', { name: 'Invitations' });
  await expect(invitations.getByRole('row', { name: /Robin Fernhollow/ })).toContainText('Until', { timeout: 30_000 });
  const link = linkFor(email);
  expect(link).toBeDefined();

  const theirs = await (await browser.newContext()).newPage();
  await theirs.goto(link as string);
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
  await theirs.goto(link as string);
  await expect(theirs.getByRole('alert')).toContainText('does not count any more');
});
