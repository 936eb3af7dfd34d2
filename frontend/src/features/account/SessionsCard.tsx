import { Badge, Button, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { useClient, useQuery } from 'urql';
import { useViewer } from '@/app/session/SessionContext';
import { say, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { formatMoment, formatRelative, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import classes from './account.module.css';
import { EndOtherSessions, EndSession, OwnSessionsQuery } from './documents';

type OwnSession = NonNullable<ResultOf<typeof OwnSessionsQuery>['ownSessions']>[number];

const KIND: Record<OwnSession['client'], string> = { BROWSER: 'Browser', BEARER: 'App or program' };

/** Where one is signed in, and the way to end what one does not know. */
export function SessionsCard() {
  const client = useClient();
  const { organizations } = useViewer();
  const [busy, setBusy] = useState<string | null>(null);
  const [{ data, error }, ask] = useQuery({ query: OwnSessionsQuery });
  const sessions = data?.ownSessions;
  const again = () => ask({ requestPolicy: 'network-only' });

  const end = async ({ id }: OwnSession) => {
    setBusy(id);
    const answer = await client.mutation(EndSession, { id });
    setBusy(null);
    if (answer.data?.change?.sessionId) say('Signed out there.');
    else sayProblem(answer.error ? explain(answer.error).message : 'This session is over already.');
    again();
  };
  const endOthers = async () => {
    setBusy('others');
    const answer = await client.mutation(EndOtherSessions, {});
    setBusy(null);
    const ended = answer.data?.change?.ended;
    if (typeof ended === 'number') say(`${plural(ended, 'session')} ended.`);
    else sayProblem(answer.error ? explain(answer.error).message : 'The server did not do it. Try again.');
    again();
  };

  return (
    <Card title="Where you are signed in" note="End what you do not know, then change how you sign in">
      {sessions ? (
        <ul className={classes.sessions} aria-label="Sessions">
          {sessions.map((session) => (
            <li key={session.id}>
              <div>
                <span className={classes.kind}>{KIND[session.client]}</span>
                {session.isThisOne ? (
                  <Badge size="sm" variant="light" ml={8}>
                    This one
                  </Badge>
                ) : null}
                <span className={classes.when}>
                  {organizations.length > 1 ? `${session.organizationName} · ` : ''}signed in{' '}
                  {formatMoment(session.createdAt)} · last used {formatRelative(session.lastUsedAt)}
                </span>
              </div>
              {session.isThisOne ? null : (
                <Button
                  variant="default"
                  size="compact-sm"
                  loading={busy === session.id}
                  aria-label={`End the session of ${formatMoment(session.createdAt)}`}
                  onClick={() => void end(session)}
                >
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      ) : error ? (
        <ErrorNotice what="your sessions" failure={explain(error)} onRetry={again} />
      ) : (
        <Skeleton height={90} radius={8} />
      )}
      {sessions && sessions.length > 1 ? (
        <Button variant="default" mt="sm" loading={busy === 'others'} onClick={() => void endOthers()}>
          End all others
        </Button>
      ) : null}
    </Card>
  );
}
