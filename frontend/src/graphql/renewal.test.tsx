import { act, renderHook } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import type { ReactNode } from 'react';
import { Provider, useQuery } from 'urql';
import { expect, it } from 'vitest';
import { server } from '../../tests/api';
import { createClient } from './client';
import { graphql } from './tada';
import { useRenewal } from './useRenewal';

const Kinds = graphql(`
  query Kinds($first: Int!) {
    jobs(first: $first) {
      totalCount
    }
  }
`);
const variables = { first: 5 };

it('what has not changed is neither sent nor drawn again, and what has is sent once', async () => {
  let count = 1;
  const asked: (string | null)[] = [];
  const bodies: string[] = [];
  server.use(
    http.post('*/graphql/', async ({ request }) => {
      const condition = request.headers.get('If-None-Match');
      asked.push(condition);
      bodies.push(await request.text());
      const tag = `"${count}"`;
      if (condition === tag) return new HttpResponse(null, { status: 304, headers: { ETag: tag } });
      const data = { jobs: { __typename: 'JobPage', totalCount: count } };
      return HttpResponse.json({ data }, { headers: { ETag: tag } });
    }),
  );
  const client = createClient({ accessToken: () => 'token', refresh: async () => false }, async () => false);
  const wrapper = ({ children }: { children: ReactNode }) => <Provider value={client}>{children}</Provider>;
  let drawn = 0;
  const { result } = renderHook(
    () => {
      drawn += 1;
      const [{ data }, ask] = useQuery({ query: Kinds, variables });
      return { total: data?.jobs?.totalCount, renew: useRenewal(Kinds, variables, ask) };
    },
    { wrapper },
  );
  const renewed = async () => {
    const before = asked.length;
    act(() => result.current.renew());
    await expect.poll(() => asked.length).toBeGreaterThan(before);
    await act(() => new Promise((resolve) => setTimeout(resolve, 50)));
  };
  await expect.poll(() => result.current.total).toBe(1);
  const settled = drawn;

  await renewed();
  await renewed();
  expect(asked).toEqual([null, '"1"', '"1"']);
  expect(drawn).toBe(settled);

  count = 2;
  await renewed();
  await expect.poll(() => result.current.total).toBe(2);
  expect(asked).toEqual([null, '"1"', '"1"', '"1"']);
  expect(new Set(bodies.map((body) => JSON.stringify(JSON.parse(body).variables)))).toEqual(new Set(['{"first":5}']));

  await renewed();
  expect(asked.at(-1)).toBe('"2"');
});
