import { Alert, Button, Progress } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { sayProblem } from '@/app/undo/undo';
import { JobProgressFragment } from '@/app/uploads/documents';
import { explain } from '@/graphql/failure';
import { readFragment } from '@/graphql/tada';
import { useRenewal } from '@/graphql/useRenewal';
import { formatCount } from '@/lib/format';
import { usePolling } from '@/lib/usePolling';
import { RegroupClaims, RegroupingsQuery } from './groups/documents';
import classes from './settings.module.css';

/** The moving of claims of the past to where changed rules put them, while it is under way or failed. */
export function Regrouping({ onDone }: { onDone?: () => void }) {
  const mayWrite = usePermission('PAYERS_WRITE');
  const [{ data }, ask] = useQuery({ query: RegroupingsQuery, requestPolicy: 'cache-and-network' });
  const renew = useRenewal(RegroupingsQuery, {}, ask);
  const [, again] = useMutation(RegroupClaims);
  const [busy, setBusy] = useState(false);
  const latest = data?.regroupings?.[0];
  const job = latest ? readFragment(JobProgressFragment, latest) : null;
  const underWay = job?.state === 'QUEUED' || job?.state === 'RUNNING';
  usePolling(underWay, renew);
  const before = useRef(underWay);
  useEffect(() => {
    if (before.current && !underWay) onDone?.();
    before.current = underWay;
  }, [underWay, onDone]);

  if (!job) return null;
  if (underWay) {
    const label = job.state === 'QUEUED' ? 'Claims of the past wait to be moved' : 'Claims of the past are being moved';
    const share = job.progressTotal ? (100 * job.progressDone) / job.progressTotal : null;
    return (
      <div className={classes.moving} role="status">
        <p>
          {label}
          {job.progressTotal ? `: ${formatCount(job.progressDone)} of ${formatCount(job.progressTotal)}` : ''}.
          Detection looks again afterwards.
        </p>
        <Progress size="sm" animated={share === null} value={share ?? 100} aria-label={label} />
      </div>
    );
  }
  if (job.state === 'SUCCEEDED') return null;
  const start = async () => {
    setBusy(true);
    const { data: answer, error } = await again({});
    setBusy(false);
    const problem = error ? explain(error).message : answer?.regroupClaims?.errors[0]?.message;
    if (problem) sayProblem(problem);
  };
  return (
    <Alert color="red" title="Claims of the past were not all moved" mb="md">
      {job.error?.message ?? 'The work was cancelled.'}{' '}
      {mayWrite ? (
        <Button size="compact-sm" variant="default" loading={busy} onClick={() => void start()}>
          Go on
        </Button>
      ) : null}
    </Alert>
  );
}
