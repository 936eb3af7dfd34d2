/**
 * Denied claims and denial rates, asked for from TypeScript: signing in, paging, figures, errors. The answers' types are
 * generated from schema.graphql, so that a field that is not there does not compile.
 *
 * UPSTREAM_URL, UPSTREAM_EMAIL and UPSTREAM_PASSWORD say where and as whom; somebody who may write queries.
 */
import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada';
import { print } from 'graphql';
import type { introspection } from './schema.generated.js';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Date: string; DateTime: string; Decimal: string; JSON: unknown; Upload: File };
}>();

const Denied = graphql(`
  query Denied($after: String) {
    claims(filter: { outcome: [DENIED] }, first: 100, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      items {
        controlNumber
        billedAmount
      }
    }
  }
`);
const Rates = graphql(`
  query Rates {
    metrics(groupBy: [PAYER], orderBy: { measure: DENIAL_RATE }) {
      items {
        payer {
          label
        }
        values {
          denialRate {
            value
          }
        }
      }
    }
  }
`);
const Patients = graphql(`
  query Patients {
    claims(first: 1) {
      items {
        controlNumber
        patient(reason: QUALITY) {
          name
        }
      }
    }
  }
`);

type Problem = { message: string; extensions?: { code?: string; retryAfterSeconds?: number } };
type Answer<Data> = { data?: Data | null; errors?: Problem[] };

const url = process.env.UPSTREAM_URL ?? 'http://localhost:3000';

async function signIn(): Promise<string> {
  const answer = await fetch(`${url}/api/v1/auth/token/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: process.env.UPSTREAM_EMAIL, password: process.env.UPSTREAM_PASSWORD }),
  });
  const told = (await answer.json()) as { access?: string; code?: string; message?: string };
  if (!told.access) throw new Error(`${told.code}: ${told.message}`);
  return told.access;
}

const access = await signIn();

/** An answer, with what could not be seen in its errors; asked for once more where the minute's budget is used up. */
async function ask<Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql/`, {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json',
      Authorization: `Bearer ${access}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const answer = (await response.json()) as Answer<Data>;
  const wait = answer.errors?.[0]?.extensions?.retryAfterSeconds;
  if (wait === undefined) return answer;
  await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  return ask(document, variables);
}

const denied = (after: string | null) => ask(Denied, { after });

let count = 0;
let cents = 0n;
let after: string | null = null;
do {
  const page = await denied(after);
  const claims = page.data?.claims;
  if (!claims) throw new Error(page.errors?.[0]?.message);
  count += claims.items.length;
  // Money stays whole numbers: "1200.50" is 120050 cents.
  for (const { billedAmount } of claims.items) cents += BigInt(billedAmount.replace('.', ''));
  after = claims.pageInfo.hasNextPage ? (claims.pageInfo.endCursor ?? null) : null;
} while (after);
console.log(`${count} denied claims, ${cents / 100n}.${String(cents % 100n).padStart(2, '0')} USD billed`);

const rates = await ask(Rates, {});
for (const { payer, values } of rates.data?.metrics?.items ?? []) {
  console.log(`${payer?.label}: ${values.denialRate?.value ?? 'nothing decided'}`);
}

const patients = await ask(Patients, {});
console.log(`patients: ${patients.errors?.[0]?.extensions?.code ?? 'seen'}`);
