import { Skeleton } from '@mantine/core';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { ClaimHistoryQuery } from '../documents';
import { ClaimEvent } from './ClaimEvent';
import { ClaimOnDay } from './ClaimOnDay';
import classes from './history.module.css';

/** What happened to the claim, the first known first, and the claim as it was known on a day. */
export function ClaimHistory({ claimId, payer }: { claimId: string; payer: string }) {
  const uploads = usePermission('UPLOADS_READ');
  const [{ data, error }, ask] = useQuery({ query: ClaimHistoryQuery, variables: { id: claimId, uploads } });
  const history = data?.claim?.history;
  return (
    <Card title="History" note="What files told of it, in the order in which they came in">
      {error ? (
        <ErrorNotice
          what="the history of this claim"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : history ? (
        <>
          <ClaimOnDay claimId={claimId} payer={payer} firstKnown={history[0]?.knownAt ?? null} />
          {history.length === 0 ? (
            <p className={classes.empty}>What files told of this claim was not kept when it was read.</p>
          ) : (
            <ol className={classes.list} aria-label="Events">
              {history.map((event, place) => (
                <ClaimEvent
                  // biome-ignore lint/suspicious/noArrayIndexKey: events have no identity but their order
                  key={place}
                  event={event}
                  late={history.slice(0, place).some(({ outcome }) => outcome !== null)}
                />
              ))}
            </ol>
          )}
        </>
      ) : (
        <Skeleton height={180} radius={8} />
      )}
    </Card>
  );
}
