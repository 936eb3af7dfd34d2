import { expect, open, signIn, test } from './upstream';

/** Only addresses of the internet are connected to, which a test has none of: what is seen is how others are refused. */
test('an alert address is added, tested, given another secret and removed', async ({ page }) => {
  await signIn(page.request);
  await open(page, '/settings/addresses', 'Alert addresses');
  const name = `Chat ${Date.now()}`;
  await page.getByRole('button', { name: 'Add an address' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an alert address' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Address').fill('http://localhost/');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('The address must begin with https://')).toBeVisible();
  await dialog.getByLabel('Address').fill('https://localhost/hook');
  await page.keyboard.press('Enter');
  const shown = page.getByRole('dialog', { name: `The secret for ${name}` });
  const secret = await shown.getByLabel('Secret').inputValue();
  expect(secret).toMatch(/^uaw_/);
  await shown.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name });
  await expect(row).toContainText('Not told anything yet');
  expect(await page.content()).not.toContain(secret);

  await page.getByRole('button', { name: `Send a test: ${name}` }).click();
  const messages = page.getByRole('region', { name: `Messages to ${name}` });
  await expect(messages.getByRole('row', { name: /Test/ })).toContainText(
    "Given up. The host's name leads to an address that is not public.",
    { timeout: 30_000 },
  );
  await expect(row).toContainText('Failing since');
  await page.reload();
  await expect(messages.getByRole('row', { name: /Test/ })).toBeVisible();

  await page.getByRole('button', { name: `Rotate: ${name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  expect(await shown.getByLabel('Secret').inputValue()).not.toBe(secret);
  await shown.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: `Remove: ${name}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(row).toContainText('Removed on');
  await expect(row.getByRole('button')).toHaveText(['Messages']);
});
