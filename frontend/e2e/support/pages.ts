import { expect, type Locator, type Page } from '@playwright/test';

/** What the SPA writes for a number, a date and money: the tests read the screen as people do. */
export const count = (value: number): string => value.toLocaleString('en-US');
export const number = (text: string): number => Number(text.replaceAll(/[,$]/g, ''));

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** "9 Oct 2026" to "2026-10-09". */
export function isoDate(text: string): string {
  const [day, month, year] = text.split(' ');
  const place = MONTHS.findIndex((name) => month?.startsWith(name)) + 1;
  if (!day || !place || !year) throw new Error(`“${text}” is no date as the SPA writes it.`);
  return `${year}-${String(place).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** The value that stands beside a label in a list of facts. */
export const fact = (within: Page | Locator, label: string): Locator =>
  within.locator(`dl > div:has(> dt:text-is("${label}")) > dd`);

export const goTo = async (page: Page, name: string, title = name): Promise<void> => {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
};
