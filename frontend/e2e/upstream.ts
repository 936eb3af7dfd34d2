import { readFileSync } from 'node:fs';
import { type APIRequestContext, test as base, expect, type Page } from '@playwright/test';

/** The demo's people; anyone else's Upstream names its own. */
const PASSWORD = process.env.UPSTREAM_PASSWORD ?? 'harbor-lantern-demo';
export const OWNER = process.env.UPSTREAM_EMAIL ?? 'owner@example.com';

const HEADERS = { 'X-Upstream-Client': 'spa' };

/** The SPA's operations, which are all that is answered to who has not signed in. */
const documents = JSON.parse(
  readFileSync(new URL('../../backend/upstream/api/documents/spa.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const SIGN_IN = Object.values(documents).find((text) => text.startsWith('mutation SignIn('));

/** Signs the browser in past the form: the cookie of the session is all a page needs. */
export async function signIn(request: APIRequestContext, email: string = OWNER): Promise<void> {
  const answer = await request.post('/graphql/', {
    headers: HEADERS,
    data: { query: SIGN_IN, variables: { input: { email, password: PASSWORD, client: 'BROWSER' } } },
  });
  const { data } = (await answer.json()) as { data: { signIn: { session: unknown; errors: { message: string }[] } } };
  expect(data.signIn.errors).toEqual([]);
}

/** Opens a page and waits until it has loaded what it shows. */
export async function open(page: Page, path: string, title?: string | RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await expect(page.locator('.mantine-Skeleton-root')).toHaveCount(0);
}

/** The identity provider of the tests, where it runs: the one other host that a browser may be sent to. */
const PROVIDER = process.env.UPSTREAM_PROVIDER;

/** Every test also fails on an error in the console and on any request to another host. */
export const test = base.extend<{ quiet: undefined }>({
  quiet: [
    async ({ page, baseURL }, use) => {
      const complaints: string[] = [];
      const host = new URL(baseURL as string).host;
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
      page.on('request', (request) => {
        const { protocol, host: asked, origin } = new URL(request.url());
        if (origin === PROVIDER && request.isNavigationRequest()) return;
        if (protocol.startsWith('http') && asked !== host) complaints.push(`another host: ${request.url()}`);
      });
      await use(undefined);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
