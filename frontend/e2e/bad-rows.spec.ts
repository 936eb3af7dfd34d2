import { readFileSync, writeFileSync } from 'node:fs';
import { fact } from './support/pages';
import { ORGANIZATIONS, PEOPLE, switchOrganization } from './support/people';
import { expect, open, signIn, test } from './upstream';

const HEADER =
  'claim_id,Payer ,procedure_code,service_date,submitted_date,decided_date,outcome,billed_amount,paid_amount,patient_name';
const ROWS = [
  'ROW-1,Puffinrock Health,99213,2026-09-01,2026-09-02,2026-09-14,paid,"$1,200.50",$800.25,"Sandpiper, Wren"',
  'ROW-2,Puffinrock Health,99213,2026-09-01,2026-09-03,2026-09-01,paid,165.00,90.00,"Sandpiper, Wren"',
  'ROW-3,Puffinrock Health,99214,2026-09-02,2026-09-03,2026-09-15,paid,-240.00,100.00,"Sandpiper, Wren"',
  'ROW-4,Puffinrock Health,99214,2026-09-03,2026-09-04,,pending,240.00,,"Curlew, Reed"',
  'ROW-1,Puffinrock Health,99213,2026-09-01,2026-09-02,2026-09-14,paid,"$1,200.50",$800.25,"Sandpiper, Wren"',
  'ROW-5,Puffinrock Health,90834,2026-09-04,2026-09-05,2026-09-17,denied,165.00,0,"Peña, José"',
];

/** A byte order mark, and then a line that is not UTF-8 but Windows-1252. */
function messyFile(path: string): Buffer {
  const lines = [HEADER, ...ROWS].map((line) => `${line}\r\n`);
  const bytes = lines.map((line) => Buffer.from(line, line.includes('José') ? 'latin1' : 'utf8'));
  const file = Buffer.concat([Buffer.from('\ufeff', 'utf8'), ...bytes]);
  writeFileSync(path, file);
  return file;
}

test.describe.configure({ mode: 'serial' });

test.describe('a file with bad rows', () => {
  let bytes: Buffer;
  const name = 'practice export, September.csv';

  test.beforeEach(async ({ page }, info) => {
    bytes = messyFile(info.outputPath(name));
    await signIn(page.request, PEOPLE.owner.email);
    await open(page, '/inbox');
    await switchOrganization(page, ORGANIZATIONS.second);
  });

  test('dropped on any page, brings its good rows and lists each bad one with its line and reason', async ({
    page,
  }, info) => {
    await page.evaluate(
      ({ text, fileName }) => {
        const dropped = new DataTransfer();
        const content = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        dropped.items.add(new File([content], fileName));
        for (const type of ['dragover', 'drop']) {
          document.body.dispatchEvent(new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }
      },
      { text: bytes.toString('base64'), fileName: name },
    );
    await expect(page).toHaveURL(/\/uploads$/);
    await expect(page.getByText('Received; reading it goes on below.')).toBeVisible();
    await page.getByRole('list', { name: 'Files being sent' }).getByRole('link', { name }).click();

    const brought = page.getByRole('region', { name: 'What it brought' });
    await expect(fact(brought, 'Rows read')).toHaveText('6');
    await expect(fact(brought, 'New claims')).toHaveText('3');
    await expect(fact(brought, 'Unchanged')).toHaveText('1');
    await expect(fact(brought, 'Rows rejected')).toHaveText('2');

    const rejected = page.getByRole('region', { name: 'Rejected rows' }).getByRole('row');
    await expect(rejected).toHaveCount(3);
    await expect(rejected.nth(1)).toHaveText(
      /^3decided_date.*lies before the day in.*submitted_date.*correct one of the two/,
    );
    await expect(rejected.nth(2)).toHaveText(/^4billed_amount.*is negative/);
    await expect(page.getByRole('region', { name: 'Findings' }).first()).toContainText('From line 7 on');

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download to mend' }).click();
    const path = info.outputPath('rejected.csv');
    await (await download).saveAs(path);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^\ufeffrejected line,column,code,reason,claim_id,/);
    expect(lines.slice(1).map((line) => line.split('.')[0])).toEqual(['3', '4']);
    expect(lines[1]).toContain('ROW-2');
    expect(lines[2]).toContain('ROW-3');
  });

  test('has its good rows told as they were typed: money, the open claim, the name', async ({ page }) => {
    await open(page, '/claims?control=ROW-1');
    await expect(page.getByText('1 claim fits these filters')).toBeVisible();
    await page.getByRole('link', { name: 'ROW-1' }).click();
    await expect(fact(page.getByRole('region', { name: 'Money' }), 'Billed')).toHaveText('$1,200.50');

    await open(page, '/claims?control=ROW-4');
    await expect(page.getByRole('row', { name: /ROW-4/ })).toContainText('Pending');

    await open(page, '/claims?control=ROW-5');
    await page.getByRole('link', { name: 'ROW-5' }).click();
    await page.getByRole('button', { name: 'Reveal' }).click();
    await page.getByRole('menuitem', { name: 'Following up a payment' }).click();
    await expect(fact(page.getByRole('region', { name: 'Patient' }), 'Name')).toHaveText('Peña, José');
  });

  test('has its bad rows mended in place, closed and opened again', async ({ page }) => {
    await open(page, '/uploads');
    await page.getByRole('list', { name: 'Uploads' }).getByRole('link', { name }).first().click();
    const rejected = page.getByRole('region', { name: 'Rejected rows' }).first();
    await rejected.getByRole('button', { name: 'Mend line 3' }).click();
    const dialog = page.getByRole('dialog', { name: 'Mend line 3' });
    const decided = dialog.getByLabel('decided_date');
    await expect(decided).toHaveAttribute('aria-invalid', 'true');
    await decided.fill('2026-08-01');
    const readAgain = dialog.getByRole('button', { name: 'Read it again' });
    await readAgain.click();
    // While it is being read, Enter reads nothing.
    await expect(readAgain).toBeEnabled();
    await expect(dialog).toContainText('lies before the day in');
    await decided.fill('2026-09-14');
    await decided.press('Enter');
    await expect(page.getByText('1 row mended.')).toBeVisible();
    await expect(dialog).toBeHidden();
    await expect(rejected.getByRole('button', { name: 'Mend line 3' })).toHaveCount(0);

    await rejected.getByRole('button', { name: 'Line 4 is not a claim' }).click();
    const brought = page.getByRole('region', { name: 'What it brought' });
    await expect(fact(brought, 'Rows rejected')).toHaveText('0 (1 mended, 1 not a claim)');
    await rejected.getByText(/^Not a claim 1$/).click();
    await rejected.getByRole('button', { name: 'Open again line 4' }).click();
    await expect(fact(brought, 'Rows rejected')).toHaveText('1 (1 mended)');

    await open(page, '/claims?control=ROW-2');
    await expect(page.getByRole('row', { name: /ROW-2/ })).toContainText('Paid');
  });

  test('is known when it comes again', async ({ page }) => {
    await open(page, '/uploads');
    await page.getByLabel(/Choose files/).setInputFiles({ name, mimeType: 'text/csv', buffer: bytes });
    await expect(page.getByText('This very file was uploaded before: nothing changes.')).toBeVisible();
    const again = page.getByRole('list', { name: 'Uploads' }).getByRole('listitem').first();
    await expect(again).toContainText('Uploaded before');
    await again.getByRole('link', { name }).click();
    await expect(page.getByText(/^Nothing was changed by sending it again/)).toBeVisible();
  });
});
