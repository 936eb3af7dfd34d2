import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { fact } from './support/pages';
import { ORGANIZATIONS, PEOPLE, switchOrganization } from './support/people';
import { SAMPLES } from './support/surroundings';
import { expect, open, signIn, test } from './upstream';

const folder = `${SAMPLES}/x12`;
const samples = existsSync(folder) ? readdirSync(folder) : [];
const sample = (name: string) => readFileSync(`${folder}/${name}`, 'latin1');
/** The samples of these endings; of those that are the same byte for byte, one. */
const ending = (...endings: string[]) => {
  const fitting = samples.filter((name) => endings.includes(name.split('.').pop() ?? ''));
  return fitting.filter((name, place) => fitting.findIndex((other) => sample(other) === sample(name)) === place);
};

test.describe('X12 files', () => {
  test.skip(samples.length === 0, `no sample files at ${folder}; set UPSTREAM_SAMPLES`);

  test.beforeEach(async ({ page }) => {
    await signIn(page.request, PEOPLE.owner.email);
    await open(page, '/uploads');
    await switchOrganization(page, ORGANIZATIONS.second);
    await page.getByRole('link', { name: 'Uploads' }).click();
  });

  const send = async (page: Page, names: string[]) => {
    await page.getByLabel(/Choose files/).setInputFiles(names.map((name) => `${folder}/${name}`));
    await expect(page.getByText('Received; reading it goes on below.')).toHaveCount(names.length, { timeout: 30_000 });
  };
  const uploaded = (page: Page, name: string) =>
    page
      .getByRole('list', { name: 'Uploads' })
      .getByRole('listitem')
      .filter({ has: page.getByText(name, { exact: true }) });

  test('of remittances are read, each for what it is', async ({ page }) => {
    const names = ending('835');
    await send(page, names);
    for (const name of names) {
      await expect(uploaded(page, name)).toContainText('Remittance (835)', { timeout: 30_000 });
      await expect(uploaded(page, name)).toContainText(/Read$/);
    }
    await uploaded(page, 'keiron_emedny_sample.835').getByRole('link').click();
    const brought = page.getByRole('region', { name: 'What it brought' });
    await expect(fact(brought, 'Rows read')).toHaveText('3');
    await expect(fact(brought, 'Service lines')).toHaveText('10');
    await expect(fact(brought, 'Billed in the file')).toHaveText('$102.50');
    await expect(fact(brought, 'Paid in the file')).toHaveText('$45.75');
    await expect(fact(brought, 'Rows rejected')).toHaveText('0');
  });

  test('of claims are read, each for what it is', async ({ page }) => {
    const names = ending('837', '837i');
    await send(page, names);
    for (const name of names) {
      const kind = name.endsWith('837i') ? 'Submission (837I)' : 'Submission (837P)';
      await expect(uploaded(page, name)).toContainText(kind, { timeout: 30_000 });
      await expect(uploaded(page, name)).toContainText(/Read$/);
    }
    await uploaded(page, 'imsweb_x12_complex.837').getByRole('link').click();
    const brought = page.getByRole('region', { name: 'What it brought' });
    await expect(fact(brought, 'Rows read')).toHaveText('6');
    await expect(fact(brought, 'Service lines')).toHaveText('10');
    await expect(fact(brought, 'Billed in the file')).toHaveText('$3,000.00');

    await page.getByRole('link', { name: 'Uploads' }).first().click();
    await uploaded(page, 'lfh_demo.drug.example10.2.837').getByRole('link').click();
    await expect(fact(brought, 'Service lines')).toHaveText('6');
    await expect(fact(brought, 'Billed in the file')).toHaveText('$2,232.93');
  });

  test('of acknowledgements are read, each for what it is', async ({ page }) => {
    const names = ending('277', '999');
    await send(page, names);
    for (const name of names) {
      const kind = name.endsWith('277') ? 'Claim acknowledgement (277CA)' : 'Acknowledgement (999, 997)';
      await expect(uploaded(page, name)).toContainText(kind, { timeout: 30_000 });
      await expect(uploaded(page, name)).toContainText(/Read$/);
    }
  });
});
