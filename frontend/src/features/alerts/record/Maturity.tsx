import { Progress } from '@mantine/core';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { graphql } from '@/graphql/tada';
import { formatCount, formatDate, formatShare } from '@/lib/format';
import classes from './chartCard.module.css';

const MaturityQuery = graphql(`
  query Maturity($submitted: ClaimFilter, $pending: ClaimFilter) {
    submitted: claims(filter: $submitted, first: 1) {
      totalCount
    }
    pending: claims(filter: $pending, first: 1) {
      totalCount
    }
  }
`);

type MaturityProps = { payerId: string; groupId: string | undefined; location: string; since: string };

/** How much of what was submitted since the change is decided by now: the rest may still move the rate. */
export function Maturity({ payerId, groupId, location, since }: MaturityProps) {
  const seesClaims = usePermission('CLAIMS_READ');
  const submitted = {
    payerId,
    ...(groupId ? { serviceGroupId: groupId } : {}),
    ...(location ? { location } : {}),
    submittedFrom: since,
  };
  const [{ data }] = useQuery({
    query: MaturityQuery,
    variables: { submitted, pending: { ...submitted, outcome: ['PENDING'] } },
    pause: !seesClaims,
  });
  if (!seesClaims) return null;
  const total = data?.submitted?.totalCount;
  const pending = data?.pending?.totalCount;
  if (total === undefined || pending === undefined || total === 0) return <p className={classes.below} />;
  const decided = total - pending;
  return (
    <div className={classes.below}>
      <Progress className={classes.meter} value={(decided / total) * 100} size="sm" aria-label="Share decided" />
      <span>
        <strong>{formatShare(decided / total)} decided today:</strong> of {formatCount(total)} claims submitted since{' '}
        {formatDate(since)}, {formatCount(pending)} still wait for a decision.
      </span>
    </div>
  );
}
