import { expect, type Page } from '@playwright/test';

/** The demo's people, as `manage.py seed_demo` prints them. */
export const PASSWORD = 'harbor-lantern-demo';
export const PEOPLE = {
  owner: { email: 'owner@example.com', name: 'Olive Thimblecote' },
  careTeam: { email: 'care@example.com', name: 'Clover Kettlerow' },
  analyst: { email: 'analyst@example.com', name: 'Aspen Quartzfell' },
  viewer: { email: 'viewer@example.com', name: 'Violet Meadowreach' },
  auditor: { email: 'auditor@example.com', name: 'Aster Cobblegarth' },
} as const;
export type Person = (typeof PEOPLE)[keyof typeof PEOPLE];

export const ORGANIZATIONS = {
  first: 'Harbor Lantern Pediatrics & Family Medicine',
  second: 'Stonecrop Orthopedics & Therapy',
};

/** Fills in the form that stands on every page while nobody is signed in. */
export async function fillIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

export const account = (page: Page, { name }: Person) => page.getByRole('button', { name: `Account of ${name}` });

/** From the organization one is signed in to (the first by name) to another. */
export async function switchOrganization(page: Page, name: string): Promise<void> {
  const menu = page.getByRole('button', { name: /switch organization/i });
  await menu.click();
  await page.getByRole('dialog').getByRole('button', { name }).click();
  await expect(menu).toContainText(name);
}
