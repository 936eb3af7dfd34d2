import { Switch } from '@mantine/core';
import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { useViewer } from '@/app/session/SessionContext';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import classes from './account.module.css';
import { PolicyQuery, RequireSecondFactor } from './documents';

/** Who of the organization needs a second factor; for owners. */
export function PolicyCard() {
  const client = useClient();
  const { name } = useViewer().organization;
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [{ data, error }, ask] = useQuery({ query: PolicyQuery });
  const organization = data?.viewer?.organization;
  const require = async (required: boolean) => {
    setBusy(true);
    setProblem('');
    const answer = await client.mutation(RequireSecondFactor, { required });
    setBusy(false);
    const change = answer.data?.change;
    if (change?.organization) {
      say(required ? 'A second factor is needed from now on.' : 'A second factor is no longer needed.');
    } else {
      setProblem(
        answer.error
          ? explain(answer.error).message
          : (change?.errors[0]?.message ?? 'The server did not do it. Try again.'),
      );
    }
  };
  return (
    <Card title={`For everybody at ${name}`}>
      {error && !organization ? (
        <ErrorNotice
          what="this setting"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Switch
          label="Owners, administrators and auditors need a second factor"
          description="Who has none sets it up before anything else"
          checked={organization?.secondFactorRequired ?? false}
          disabled={busy || !organization}
          onChange={(change) => void require(change.currentTarget.checked)}
        />
      )}
      {problem ? (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      ) : null}
    </Card>
  );
}
