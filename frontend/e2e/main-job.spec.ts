import type { Download, Page } from '@playwright/test';
import { type ClaimsFile, DENYING, daysApart, STALLING, writeClaims } from './support/claims-file';
import { count, fact, goTo, isoDate, number } from './support/pages';
import { account, fillIn, PASSWORD, PEOPLE } from './support/people';
import { python } from './support/surroundings';
import { expect, open, signIn, test } from './upstream';

const CLAIMS = 10_000;
const NOTE = 'Modifier 25 is refused since their edit of the week; appealed.';

test.describe.configure({ mode: 'serial' });

test.describe('from a file of claims to a judgement and its reports', () => {
  let file: ClaimsFile;
  let denialAlert: string;

  const openAlert = async (page: Page) => {
    await signIn(page.request, PEOPLE.careTeam.email);
    await open(page, denialAlert, new RegExp(DENYING));
  };

  test('a file is sent and read under the eyes of who sent it, and its counts are right', async ({ page }, info) => {
    await page.goto('/');
    await fillIn(page, PEOPLE.careTeam.email, PASSWORD);
    await expect(account(page, PEOPLE.careTeam)).toBeVisible();
    const lead = await page.getByText(/data through \d+ \w+ \d+$/).textContent();
    file = writeClaims(info.outputPath(), isoDate(/\d+ \w+ \d+$/.exec(lead ?? '')?.[0] ?? ''), CLAIMS);
    // A clinic's line to the internet, so that there is something to see.
    const network = await page.context().newCDPSession(page);
    const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_000_000 };
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', conditions);

    await goTo(page, 'Uploads');
    await page.getByLabel(/Choose files/).setInputFiles(file.path);
    const sending = page.getByRole('list', { name: 'Files being sent' }).getByRole('listitem');
    await expect(sending).toHaveText(/[1-9][\d.]* [kM]B of 2\.\d MB sent/);
    await expect(sending.getByRole('progressbar')).toBeVisible();

    const row = page.getByRole('list', { name: 'Uploads' }).getByRole('listitem').filter({ hasText: file.name });
    await expect(row).toHaveText(/Reading claims · [\d.]+%/);
    await expect(row.getByRole('progressbar', { name: 'Reading claims' })).toBeVisible();
    await expect(row).toContainText(`${count(CLAIMS)}new`, { timeout: 30_000 });

    await row.getByRole('link', { name: file.name }).click();
    const brought = page.getByRole('region', { name: 'What it brought' });
    await expect(fact(brought, 'Rows read')).toHaveText(count(file.lines));
    await expect(fact(brought, 'Service lines')).toHaveText(count(file.lines));
    await expect(fact(brought, 'New claims')).toHaveText(count(CLAIMS));
    await expect(fact(brought, 'Updated')).toHaveText('0');
    await expect(fact(brought, 'Rows rejected')).toHaveText('0');
    await page.getByRole('link', { name: 'Open its claims' }).click();
    await expect(page.getByText(`${count(CLAIMS)} claims fit these filters`)).toBeVisible();
  });

  test('the payers that changed are in the inbox, each with who, since when and by how much', async ({ page }) => {
    await signIn(page.request, PEOPLE.careTeam.email);
    await open(page, '/inbox');
    const alerts = page.getByRole('list', { name: 'Alerts' });
    const denials = alerts.getByRole('link', { name: new RegExp(`^${DENYING} denies`) });
    const delay = alerts.getByRole('link', { name: new RegExp(`^${STALLING} (pays|has paid)`) });
    await expect(async () => {
      await page.reload();
      await expect(denials).toBeVisible({ timeout: 2_000 });
      await expect(delay).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 30_000 });

    await delay.click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/later|fewer claims than expected/);
    await sinceAbout(page, file.paysLaterFrom);
    await expect(page.getByRole('slider', { name: 'Payments and expected payments, by day' })).toBeVisible();
    await page.goBack();

    const headline = (await denials.textContent()) ?? '';
    await denials.click();
    await expect(page.getByRole('heading', { level: 1, name: headline })).toBeVisible();
    expect(headline).toMatch(/\d\.\d times as many claims/);
    await sinceAbout(page, file.deniesMoreFrom);
    await expect(fact(page, 'How sure')).toContainText('%');
    await expect(fact(page, 'Money at stake')).toContainText(/\$[\d,]+ a week/);
    denialAlert = new URL(page.url()).pathname;
  });

  test('the chart can be read as a picture and as a table of the same days', async ({ page }) => {
    await openAlert(page);
    const chart = page.getByRole('slider', { name: 'Denied share of decided claims, by day' });
    await expect(chart.locator('svg path').first()).toBeVisible();
    await chart.focus();
    const lastDay = await chart.getAttribute('aria-valuetext');

    await page.getByRole('button', { name: 'As table' }).click();
    const table = page.getByRole('region', { name: 'Denied share of decided claims, by day' }).getByRole('table');
    const cells = table.getByRole('row').nth(1).getByRole('cell');
    await expect(cells.first()).toBeVisible();
    const [day, decided, denied] = await cells.allTextContents();
    expect(lastDay).toMatch(
      number(decided ?? '') ? `${day}: ${denied} of ${decided} decided claim` : `${day}: nothing`,
    );
    await expect(table.getByRole('columnheader')).toHaveText([
      ...['Day', 'Decided', 'Denied', 'Expected', '7-day rate', 'Baseline', 'Evidence', 'Alarm at'],
    ]);
    await page.getByRole('button', { name: 'As chart' }).click();
    await expect(chart).toBeVisible();
  });

  test('a day of the chart opens exactly its claims, by keyboard and by pointer', async ({ page }) => {
    await openAlert(page);
    const chart = page.getByRole('slider', { name: 'Denied share of decided claims, by day' });
    await chart.focus();
    const days = /^(\d+ \w+ \d+) to (\d+ \w+ \d+): ([\d,]+) of ([\d,]+) decided claims denied/;
    await chart.press('PageDown');
    for (let step = 0; step < 14; step += 1) await chart.press('Shift+ArrowLeft');
    const [, from, to, denied, decided] = days.exec((await chart.getAttribute('aria-valuetext')) ?? '') ?? [];
    expect(number(decided ?? '')).toBeGreaterThan(50);
    await chart.press('Enter');

    await expect(page.getByRole('heading', { level: 1, name: 'Claims' })).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`decidedFrom=${isoDate(from ?? '')}&decidedTo=${isoDate(to ?? '')}`));
    await expect(page.getByText(`${decided} claims fit these filters`)).toBeVisible();
    await page.getByLabel('Outcome').selectOption('Denied');
    await expect(page).toHaveURL(/outcome=DENIED/);
    await expect(page.getByText(`${denied} claims fit these filters`)).toBeVisible();

    await page.goto(denialAlert);
    const box = await chart.boundingBox();
    if (!box) throw new Error('The chart has no place on the page.');
    await chart.scrollIntoViewIfNeeded();
    const before = (await chart.getAttribute('aria-valuetext')) ?? '';
    await chart.hover({ position: { x: box.width * 0.8, y: 100 } });
    await expect(chart).not.toHaveAttribute('aria-valuetext', before);
    const [, day, ofThem] =
      /^(\d+ \w+ \d+): [\d,]+ of ([\d,]+) decided claims? denied/.exec(
        (await chart.getAttribute('aria-valuetext')) ?? '',
      ) ?? [];
    await chart.click({ position: { x: box.width * 0.8, y: 100 } });
    await expect(page.getByText(new RegExp(`^${ofThem} claims? fits? these filters$`))).toBeVisible();
    await expect(page.getByText(`Decided on ${day}`)).toBeVisible();
  });

  test('acknowledging can be undone; a judgement is kept with its note and what was recovered', async ({ page }) => {
    await openAlert(page);
    const next = page.getByRole('region', { name: 'Next step' });
    await next.getByRole('button', { name: 'Acknowledge' }).click();
    await expect(next).toContainText('Acknowledged · nobody’s yet');
    await page.getByRole('alert').filter({ hasText: 'Acknowledged' }).getByRole('button', { name: 'Undo' }).click();
    await expect(next).toContainText('Open · nobody’s yet');

    const judgement = page.getByRole('region', { name: 'Was it real?' });
    await judgement.getByRole('radio', { name: 'Real' }).check();
    await judgement.getByLabel('Recovered so far').fill('$1,200.50');
    await judgement.getByLabel('Note').fill(NOTE);
    await judgement.getByRole('button', { name: 'Save judgement' }).click();

    const activity = page.getByRole('region', { name: 'Activity' }).getByRole('listitem');
    const by = PEOPLE.careTeam.name;
    await expect(activity.filter({ hasText: `Judged by ${by}` })).toHaveCount(1);
    await expect(activity.filter({ hasText: `Acknowledged by ${by}` })).toHaveCount(1);
    await expect(activity.filter({ hasText: `Reopened by ${by}` })).toHaveCount(1);

    await page.reload();
    const kept = judgement.getByRole('listitem');
    await expect(kept).toHaveCount(1);
    await expect(kept).toContainText('Real · $1,200.50 recovered');
    await expect(kept).toContainText(by);
    await expect(kept).toContainText(NOTE);
  });

  test('the PDF and the workbook are made, waited for and downloaded, and say what the page says', async ({
    page,
  }, info) => {
    await openAlert(page);
    const headline = (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
    const note = await page.getByText(/claims stand behind this alert$/).textContent();
    const behind = number(/^[\d,]+/.exec(note ?? '')?.[0] ?? '');
    const handOn = page.getByRole('region', { name: 'Hand it on' });
    await handOn.getByRole('button', { name: 'PDF for the director' }).click();
    await handOn.getByRole('button', { name: 'Workbook of these claims' }).click();

    await page.getByRole('button', { name: /^Exports, [12] being made$/ }).click();
    const tray = page.getByRole('dialog', { name: /^Exports/ });
    await expect(tray.getByRole('progressbar').first()).toBeVisible();
    const downloads = tray.getByRole('button', { name: 'Download' });
    await expect(downloads).toHaveCount(2, { timeout: 30_000 });
    await expect(tray).toContainText(`${count(behind)} rows`);
    await expect(tray).toContainText(/expires in \d+ (hours|days)/);

    const files: Download[] = [];
    for (const place of [0, 1]) {
      const download = page.waitForEvent('download');
      await downloads.nth(place).click();
      files.push(await download);
    }
    const described = async (ending: string) => {
      const download = files.find((each) => each.suggestedFilename().endsWith(ending));
      if (!download) throw new Error(`No ${ending} among ${files.map((each) => each.suggestedFilename()).join(', ')}.`);
      const path = info.outputPath(download.suggestedFilename());
      await download.saveAs(path);
      return JSON.parse(python('tests/e2e/describe_file.py', path));
    };

    const { pages } = (await described('.pdf')) as { pages: string[] };
    expect(pages[0]).toContain(headline.replaceAll(/\s+/g, ' '));
    pages.forEach((text, place) => {
      expect(text).toContain(`Page ${place + 1} of ${pages.length}`);
    });

    const sheets = (await described('.xlsx')) as Record<string, { value: string; type: string }[][]>;
    const [header = [], ...claims] = sheets.Claims ?? [];
    expect(claims).toHaveLength(behind);
    const types = (name: string) => {
      const column = header.findIndex(({ value }) => value === name);
      return new Set(claims.map((cells) => cells[column]?.type));
    };
    expect(types('Billed')).toEqual(new Set(['n']));
    expect(types('Submitted')).toEqual(new Set(['d']));
    expect(types('Claim number')).toEqual(new Set(['s']));
  });
});

/** The page says a change date within a few days of the planted one. */
async function sinceAbout(page: Page, planted: string): Promise<void> {
  const since = await fact(page, 'Since').locator('span').first().textContent();
  expect(daysApart(isoDate(since ?? ''), planted), `since ${since}, planted on ${planted}`).toBeLessThanOrEqual(5);
}
