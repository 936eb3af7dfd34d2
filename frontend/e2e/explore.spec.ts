import type { Page } from '@playwright/test';
import { PEOPLE } from './support/people';
import { expect, open, signIn, test } from './upstream';

const editor = (page: Page) => page.getByRole('textbox', { name: 'Query' });
const result = (page: Page) => page.getByRole('region', { name: 'Result' });
const saved = (page: Page) => page.getByRole('list', { name: 'Saved queries' });

/** Chooses one of a row of segments, whose inputs lie under their labels. */
const choose = (page: Page, group: string, name: string) =>
  page.getByRole('radiogroup', { name: group }).getByText(name, { exact: true }).click();

test('an analyst writes a query with completion, sees its cost, runs it, draws it, saves, shares and schedules it', async ({
  page,
}) => {
  test.setTimeout(90_000);
  await signIn(page.request, PEOPLE.analyst.email);
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/graphql/')) sent.push(request.postData() ?? '');
  });
  await open(page, '/explore', 'Explore');
  await expect(result(page)).toContainText('Nothing asked yet');

  await editor(page).click();
  await page.keyboard.type('query Mine { paye');
  const offered = page.getByRole('listbox').getByRole('option');
  await expect(offered.filter({ hasText: 'payers' }).first()).toBeVisible();
  await page.keyboard.press('Escape');
  const months =
    'query Monthly($first: Int!) {\n  metrics(\n    groupBy: [PAYER]\n    timeGrain: MONTH\n    first: $first\n  ) {\n    items {\n      period\n      payer { label }\n      values { decided denialRate { value } }\n    }\n  }\n}';
  await editor(page).fill(months);
  await expect(page.getByText(/Costs up to .* of 40,000 values/)).toBeVisible();
  await expect(page.getByText(/left this minute/)).toBeVisible();

  await page.keyboard.press('Control+Enter');
  await expect(page.getByLabel('$first')).toHaveAccessibleDescription(/The query needs one|needs one/);
  await page.getByLabel('$first').fill('80');
  await editor(page).click();
  await page.keyboard.press('Control+Enter');
  const rows = page.getByRole('region', { name: 'Rows of metrics' });
  await expect(rows.getByRole('row')).not.toHaveCount(1);
  // What a person wrote goes as it stands, for nobody registered it.
  expect(sent.some((body) => body.includes('"query":"query Monthly'))).toBe(true);

  const decided = rows.getByRole('columnheader', { name: 'values.decided' });
  await decided.getByRole('button').click();
  await expect(decided).toHaveAttribute('aria-sort', 'ascending');
  await choose(page, 'Show as', 'Chart');
  const chart = result(page).getByRole('slider');
  await chart.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(chart).toHaveAttribute('aria-valuetext', /20\d\d: .+%/);
  await choose(page, 'Show as', 'JSON');
  await expect(page.getByRole('region', { name: 'The answer as JSON' })).toContainText('"denialRate"');
  const download = page.waitForEvent('download');
  await result(page).getByRole('button', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toBe('monthly.csv');

  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Denials by month');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(saved(page)).toContainText('Denials by month');
  await page.getByRole('button', { name: 'Share Denials by month' }).click();
  await expect(saved(page)).toContainText('Shared');
  await page.getByRole('button', { name: 'Schedule Denials by month' }).click();
  await dialog.getByLabel('How often').selectOption('MONTHLY');
  await dialog.getByLabel('Day of the month').fill('1');
  await dialog.getByLabel('Time zone').selectOption('America/Chicago');
  await dialog.getByRole('button', { name: 'Schedule', exact: true }).click();
  await expect(saved(page)).toContainText('On day 1 of each month at 07:00, America/Chicago');

  await page.getByRole('button', { name: 'Schedule Denials by month' }).click();
  await dialog.getByRole('button', { name: 'Make the file once, now' }).click();
  await open(page, '/exports', 'Exports');
  const made = page
    .getByRole('list', { name: 'Exports' })
    .getByRole('listitem')
    .filter({ hasText: 'Denials by month' });
  await expect(made).toContainText(/Workbook · \d+ rows/, { timeout: 30_000 });

  await open(page, '/explore', 'Explore');
  await choose(page, 'Panel', 'History');
  await expect(page.getByRole('list', { name: 'History' })).toContainText('query Monthly');
  await choose(page, 'Panel', 'Saved');
  await saved(page).getByText('Denials by month').click();
  await page.getByRole('button', { name: 'Delete Denials by month' }).click();
  await expect(page.getByText('No saved queries yet')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(saved(page)).toContainText('Denials by month');
  await saved(page).getByText('Denials by month').click();
  await page.getByRole('button', { name: 'Delete Denials by month' }).click();
  await expect(page.getByText('No saved queries yet')).toBeVisible();
});

test('mistakes stand at their line, and the schema can be walked through', async ({ page }) => {
  await signIn(page.request, PEOPLE.analyst.email);
  await open(page, '/explore', 'Explore');
  await editor(page).fill('{\n  payers { items { nmae } }\n}');
  await expect(page.getByText(/1 mistake/)).toBeVisible();
  await page.getByRole('button', { name: /^Run/ }).click();
  await page.getByRole('list', { name: 'Mistakes' }).getByRole('button', { name: 'Line 2' }).click();
  await expect(editor(page)).toBeFocused();

  await choose(page, 'Panel', 'Schema');
  await page.getByLabel('Find a type or a field').fill('denialRate');
  await page.getByRole('button', { name: /MetricValues\.denialRate/ }).click();
  await expect(page.getByRole('list', { name: 'Fields of MetricValues' })).toContainText('null where none was decided');

  await choose(page, 'Panel', 'Examples');
  await page.getByRole('button', { name: /denial rate rose most/ }).click();
  await expect(page.getByLabel('$firstDay')).toHaveValue('2026-08-01');
  await page.getByRole('button', { name: /^Run/ }).click();
  await expect(page.getByRole('region', { name: 'Rows of metrics' })).toBeVisible();
});

test('who may not write queries does not see the page', async ({ page }) => {
  await signIn(page.request, PEOPLE.viewer.email);
  await open(page, '/inbox');
  const navigation = page.getByRole('navigation', { name: 'Main' });
  await expect(navigation.getByRole('link', { name: 'Inbox' })).toBeVisible();
  await expect(navigation.getByRole('link', { name: 'Explore' })).toHaveCount(0);
  await page.goto('/explore');
  await expect(page.getByText(/Your role does not show/)).toBeVisible();
  await expect(editor(page)).toHaveCount(0);
});
