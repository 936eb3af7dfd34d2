import { post } from '@/graphql/request';
import { graphql } from '@/graphql/tada';
import type { useAsking } from './asking';
import type { Typed } from './variables';

const PayerOfName = graphql(`
  query PayerOfName($search: String!) {
    payers(filter: { search: $search }, first: 1) {
      items {
        id
      }
    }
  }
`);

/** An example's values with ids of this organization for `<id of a payer>`; empty where it has no such payer. */
export async function payersFound(send: ReturnType<typeof useAsking>['send'], typed: Typed): Promise<Typed> {
  const found = { ...typed };
  for (const [name, value] of Object.entries(typed)) {
    const payer = /^<id of (.+)>$/.exec(value)?.[1];
    if (!payer) continue;
    const answer = await post(PayerOfName, { search: payer }, null, send).catch(() => null);
    found[name] = answer?.data?.payers?.items[0]?.id ?? '';
  }
  return found;
}
