import { expect, test } from '@playwright/test';
import { auditServer } from 'graphql-http';

/** The audits of the GraphQL over HTTP specification, https://github.com/graphql/graphql-http#audits. */
test('the graph keeps GraphQL over HTTP, without GET', async ({ baseURL }) => {
  const results = await auditServer({ url: `${baseURL}/graphql/` });
  expect(results.length).toBeGreaterThan(50);
  const told = results.filter((result) => result.status !== 'ok');
  expect(told.filter((result) => result.status !== 'notice').map((result) => result.name)).toEqual([]);
  // What may be is left out on purpose: addresses end up in logs.
  expect(told.filter((result) => !result.name.includes('GET')).map((result) => result.name)).toEqual([]);
});
