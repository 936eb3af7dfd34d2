import { expect, test } from '@playwright/test';
import { auditServer } from 'graphql-http';
import { PASSWORD, PEOPLE } from './support/people';
import { open, signIn } from './upstream';

/** The audits of the GraphQL over HTTP specification, https://github.com/graphql/graphql-http#audits. */
test('the graph keeps GraphQL over HTTP, without GET', async ({ baseURL }) => {
  // The audits write queries of their own, as analysts may.
  const signedIn = await fetch(`${baseURL}/api/v1/auth/token/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: PEOPLE.analyst.email, password: PASSWORD }),
  });
  const { access } = (await signedIn.json()) as { access: string };
  const fetchFn = (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${access}`);
    return fetch(url, { ...init, headers });
  };
  const results = await auditServer({ url: `${baseURL}/graphql/`, fetchFn });
  expect(results.length).toBeGreaterThan(50);
  const told = results.filter((result) => result.status !== 'ok');
  expect(told.filter((result) => result.status !== 'notice').map((result) => result.name)).toEqual([]);
  // What may be is left out on purpose: addresses end up in logs.
  expect(told.filter((result) => !result.name.includes('GET')).map((result) => result.name)).toEqual([]);
});

test('a page names its operations instead of sending their text', async ({ page }) => {
  const sent: Record<string, unknown>[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/graphql/')) sent.push(request.postDataJSON());
  });
  await signIn(page.request, PEOPLE.careTeam.email);
  await open(page, '/inbox');
  expect(sent.length).toBeGreaterThan(1);
  for (const body of sent) {
    expect(body).toMatchObject({ documentId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(body).not.toHaveProperty('query');
  }
});

test('what a page polls is not sent again while it stays as it is', async ({ page }) => {
  await signIn(page.request, PEOPLE.careTeam.email);
  await open(page, '/uploads');
  const unchanged = await page.waitForResponse((response) => response.status() === 304, { timeout: 20_000 });
  expect(unchanged.url()).toMatch(/\/graphql\/$/);
  expect(unchanged.headers().etag).toBe(unchanged.request().headers()['if-none-match']);
});

test('a page that the server has outlived says to reload', async ({ page }) => {
  await signIn(page.request, PEOPLE.careTeam.email);
  await page.route('**/graphql/', async (route) => {
    const body = route.request().postDataJSON() as Record<string, unknown>;
    // As an operation of another version would be.
    if (body.operationName === 'Claims') body.documentId = `sha256:${'0'.repeat(64)}`;
    await route.continue({ postData: JSON.stringify(body) });
  });
  await page.goto('/claims');
  await expect(page.getByText('Reload the page', { exact: false })).toBeVisible();
});
