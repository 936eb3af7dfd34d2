import type { Page } from '@playwright/test';
import { fact } from './support/pages';
import { PEOPLE } from './support/people';
import { expect, open, signIn, test } from './upstream';

const navigation = (page: Page) => page.getByRole('navigation', { name: 'Main' }).getByRole('link');
const patient = (page: Page) => page.getByRole('region', { name: 'Patient' });

async function openClaim(page: Page): Promise<void> {
  await open(page, '/claims?control=HL25000001', 'Claims');
  await page.getByRole('link', { name: 'HL25000001' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Claim HL25000001' })).toBeVisible();
}

test('the care team reveals a patient, and hides them again', async ({ page }) => {
  await signIn(page.request, PEOPLE.careTeam.email);
  await openClaim(page);
  const name = fact(patient(page), 'Name');
  await expect(name).toHaveText('••••••••');
  await patient(page).getByRole('button', { name: 'Reveal' }).click();
  await page.getByRole('menuitem', { name: 'Following up a payment' }).click();
  await expect(name).toHaveText(/^[A-Z][a-z]+, [A-Z][a-z]+$/);
  const shown = (await name.textContent()) ?? '';
  await expect(fact(patient(page), 'Born')).toHaveText(/^\d+ \w+ \d{4}$/);
  await patient(page).getByRole('button', { name: 'Hide' }).click();
  await expect(name).toHaveText('••••••••');
  expect(await page.content()).not.toContain(shown);
});

test('a patient that stands revealed is hidden by leaving the claim', async ({ page }) => {
  await signIn(page.request, PEOPLE.careTeam.email);
  await openClaim(page);
  await patient(page).getByRole('button', { name: 'Reveal' }).click();
  await page.getByRole('menuitem', { name: 'Following up a payment' }).click();
  await expect(patient(page).getByRole('button', { name: 'Hide' })).toBeVisible();
  await page.getByRole('link', { name: 'Claims' }).first().click();
  await page.goBack();
  await expect(fact(patient(page), 'Name')).toHaveText('••••••••');
});

test('an analyst works without patients: nothing to reveal, and no PHI in exports', async ({ page }) => {
  await signIn(page.request, PEOPLE.analyst.email);
  const answers: Promise<string>[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('/graphql/')) answers.push(response.text());
  });
  await openClaim(page);
  await expect(patient(page)).toContainText('Your role works without patients’ identities');
  await expect(patient(page).getByRole('button')).toHaveCount(0);
  await expect(fact(patient(page), 'Name')).toHaveText('••••••••');
  // A page that is left takes along what was not read of its answers.
  await page.waitForLoadState('networkidle');
  await Promise.all(answers);

  await open(page, '/claims', 'Claims');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Make the workbook' })).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /PHI/ })).toHaveCount(0);
  const told = await Promise.all(answers);
  expect(told.length).toBeGreaterThan(0);
  expect(told.filter((answer) => /birthDate|memberNumber/.test(answer))).toEqual([]);
});

test('a viewer reads alerts, claims and payers, and has nothing to upload, decide or export', async ({ page }) => {
  await signIn(page.request, PEOPLE.viewer.email);
  await open(page, '/inbox', 'Inbox');
  await expect(navigation(page)).toHaveText(['Inbox', 'Claims', 'Payers', 'Backtest', 'Settings']);
  await expect(page.getByRole('list', { name: 'Alerts' }).getByRole('checkbox')).toHaveCount(0);
  await page.getByRole('list', { name: 'Alerts' }).getByRole('link').first().click();
  await expect(page.getByText('Your role reads alerts; members of the care team decide on them.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Acknowledge' })).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Hand it on' })).toHaveCount(0);

  await open(page, '/settings/detection', 'Detection');
  await expect(
    page.getByText(/Owners and administrators change these settings\. Ask .*Olive Thimblecote/),
  ).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toHaveCount(0);
  await open(page, '/backtest');
  await expect(page.getByText('Your role reads backtests')).toBeVisible();

  await open(page, '/uploads', 'Uploads');
  await expect(page.getByText(/^Your role does not show/)).toBeVisible();
  await expect(page.getByLabel(/Choose files/)).toHaveCount(0);
});

test('an auditor begins with the audit trail, narrows it, checks it and takes it along', async ({ page }) => {
  await signIn(page.request, PEOPLE.auditor.email);
  await open(page, '/', 'Audit');
  await expect(navigation(page)).toHaveText(['Audit', 'Exports', 'Settings']);
  await page.getByLabel('Who', { exact: true }).selectOption({ label: PEOPLE.auditor.name });
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Sign-ins' });
  await expect(page).toHaveURL(/group=SIGN_INS/);
  const row = page.getByRole('row', { name: /Signed in/ }).first();
  await row.getByText('Details').focus();
  await page.keyboard.press('Enter');
  await expect(row.getByText('Place in the chain')).toBeVisible();
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText(/Whole: none of/)).toBeVisible();
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await expect(page.getByText(/is ready to download/)).toBeVisible({ timeout: 30_000 });
});

test('an auditor reaches the members, and no other page of Settings', async ({ page }) => {
  await signIn(page.request, PEOPLE.auditor.email);
  await open(page, '/audit', 'Audit');
  await navigation(page).getByText('Settings').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Members' })).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Settings' }).getByRole('link')).toHaveText(['Members']);
  await expect(page.getByRole('row', { name: new RegExp(PEOPLE.owner.name) })).toContainText('Owner');
  await expect(page.getByRole('button', { name: 'Invite' })).toHaveCount(0);
  await open(page, '/settings');
  await expect(page).toHaveURL(/\/settings\/members$/);
});

test('what happened to a record stands one link away, for those who may read it', async ({ page }) => {
  await signIn(page.request, PEOPLE.owner.email);
  await openClaim(page);
  await patient(page).getByRole('button', { name: 'Reveal' }).click();
  await page.getByRole('menuitem', { name: 'Checking our work' }).click();
  await expect(patient(page).getByRole('button', { name: 'Hide' })).toBeVisible();
  await page.getByRole('link', { name: 'Audit trail' }).click();
  await expect(page.getByText('Of one claim’s patient')).toBeVisible();
  await expect(page.getByRole('row', { name: /Read patient information/ }).first()).toContainText(PEOPLE.owner.name);
});

test('an auditor is told what the role does not show, and whom to ask', async ({ page }) => {
  await signIn(page.request, PEOPLE.auditor.email);
  for (const path of ['/inbox', '/claims', '/payers', '/uploads', '/backtest', '/settings/detection']) {
    await open(page, path);
    await expect(page.getByText(/^Your role does not show/)).toBeVisible();
    await expect(page.getByText(/An owner or administrator of your organization can change your role/)).toBeVisible();
  }
});
