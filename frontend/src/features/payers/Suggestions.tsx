import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { say, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { AddPayerAlias, KeepPayersApart, PayerSuggestionsQuery } from './documents';
import classes from './payers.module.css';

type Suggestion = NonNullable<ResultOf<typeof PayerSuggestionsQuery>['payerSuggestions']>[number];

/** Payers that are probably one under two names. A person says so, or says they are two; nothing is done by itself. */
export function Suggestions() {
  const mayWrite = usePermission('PAYERS_WRITE');
  const [{ data }] = useQuery({ query: PayerSuggestionsQuery, pause: !mayWrite });
  const pairs = data?.payerSuggestions ?? [];
  if (!mayWrite || pairs.length === 0) return null;
  return (
    <Card title="Probably one payer under two names" note="Claims of both, of the past too, go to the one that is kept">
      <ul className={classes.alerts}>
        {pairs.map((pair) => (
          <Pair key={`${pair.payer.id} ${pair.other.id}`} pair={pair} />
        ))}
      </ul>
    </Card>
  );
}

function Pair({ pair }: { pair: Suggestion }) {
  const [, addAlias] = useMutation(AddPayerAlias);
  const [, keepApart] = useMutation(KeepPayersApart);
  const [busy, setBusy] = useState(false);
  const [kept, other] =
    pair.payer.summary.claims >= pair.other.summary.claims ? [pair.payer, pair.other] : [pair.other, pair.payer];
  const merge = async () => {
    setBusy(true);
    const { data, error } = await addAlias({ id: kept.id, alias: other.name });
    setBusy(false);
    const problem = error ? explain(error).message : data?.addPayerAlias?.errors[0]?.message;
    if (problem) sayProblem(problem);
    else say(`Claims of ${other.name} now belong to ${kept.name}.`);
  };
  const part = async () => {
    setBusy(true);
    const { data, error } = await keepApart({ payerId: kept.id, otherId: other.id });
    setBusy(false);
    const problem = error ? explain(error).message : data?.keepPayersApart?.errors[0]?.message;
    if (problem) sayProblem(problem);
  };
  return (
    <li>
      {[kept, other].map(({ id, name, summary }) => (
        <span key={id} className={classes.meta}>
          <Link to="/payers/$payerId" params={{ payerId: id }} className={classes.headline}>
            {name}
          </Link>{' '}
          {plural(summary.claims, 'claim')}
        </span>
      ))}
      <Group gap="xs" mt={6}>
        <Button size="compact-sm" variant="default" loading={busy} onClick={() => void merge()}>
          Make them {kept.name}
        </Button>
        <Button size="compact-sm" variant="subtle" disabled={busy} onClick={() => void part()}>
          They are two
        </Button>
      </Group>
    </li>
  );
}
