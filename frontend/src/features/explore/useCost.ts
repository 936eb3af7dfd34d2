import { useEffect, useState } from 'react';
import { post } from '@/graphql/request';
import type { ResultOf } from '@/graphql/tada';
import type { useAsking } from './asking';
import { QueryCostQuery } from './documents';

export type Cost = NonNullable<ResultOf<typeof QueryCostQuery>['queryCost']>;

const AFTER_MS = 450;

/** What the query would cost, as the server counts it, asked for when nothing was typed for a moment. */
export function useCost(
  send: ReturnType<typeof useAsking>['send'],
  text: string,
  variables: string,
  operationName: string | undefined,
  asked: boolean,
): Cost | null {
  const [cost, setCost] = useState<Cost | null>(null);
  useEffect(() => {
    if (!asked) return setCost(null);
    let stale = false;
    const timer = setTimeout(async () => {
      const question = {
        text,
        variables: JSON.parse(variables) as unknown,
        operationName: operationName ?? null,
      };
      const answer = await post(QueryCostQuery, question, null, send).catch(() => null);
      if (!stale) setCost(answer?.data?.queryCost ?? null);
    }, AFTER_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [send, text, variables, operationName, asked]);
  return cost;
}
