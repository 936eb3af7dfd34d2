import type { Page } from '@playwright/test';
import { account, PASSWORD, PEOPLE } from './support/people';
import { expect, open, signIn, test } from './upstream';

/** A device with a fingerprint reader, as Chromium plays one: it keeps passkeys and signs with them. */
async function addDevice(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  /** Whether the finger on the reader is the right one. */
  return (isUserVerified: boolean) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
}

test('a passkey is added, signs in, confirms who one is, is renamed and removed', async ({ page }) => {
  const person = PEOPLE.analyst;
  const recognise = await addDevice(page);
  await signIn(page.request, person.email);
  await open(page, '/account', 'Your account');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('My laptop');
  await page.getByRole('button', { name: 'Go on' }).click();
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  const passkey = page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem');
  await expect(passkey).toHaveText(/^My laptop.*never used/);

  const signOut = async () => {
    await account(page, person).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
  };
  await signOut();
  await recognise(false);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('alert')).toContainText('No passkey was used.');
  await recognise(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();
  await expect(passkey).toHaveText(/last used/);

  // The password alone signs in no more.
  await signOut();
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Use your passkey' })).toBeVisible();
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();

  await page.getByRole('button', { name: 'Rename My laptop' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Old laptop');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await expect(passkey).toHaveText(/^Old laptop/);

  // What the server says five minutes after signing in, said at once; what is asked then is real.
  let refused = false;
  await page.route('**/graphql/', async (route) => {
    if (refused || !route.request().postData()?.includes('RemovePasskey')) return route.fallback();
    refused = true;
    const error = { code: 'STEP_UP_REQUIRED', field: null, message: 'Confirm that it is you.' };
    return route.fulfill({ json: { data: { change: { passkeyId: null, errors: [error] } } } });
  });
  await page.getByRole('button', { name: 'Remove Old laptop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText(/^None yet\./)).toBeVisible();
});
