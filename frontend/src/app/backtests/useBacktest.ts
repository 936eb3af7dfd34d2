import { useCallback } from 'react';
import { useClient, useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import type { ResultOf, VariablesOf } from '@/graphql/tada';
import { useRenewal } from '@/graphql/useRenewal';
import { usePolling } from '@/lib/usePolling';
import type { Failure } from '@/ui/state/ErrorNotice';
import { BacktestQuery, RequestBacktest } from './documents';

export type Backtest = NonNullable<ResultOf<typeof BacktestQuery>['backtest']>;
export type BacktestSignal = NonNullable<Backtest['signals']>[number];

export type BacktestState =
  | { phase: 'none' | 'loading' | 'unknown' }
  | { phase: 'underway'; backtest: Backtest }
  | { phase: 'failed'; failure: Failure }
  | { phase: 'done'; backtest: Backtest; signals: readonly BacktestSignal[] };

const isUnderWay = (backtest: Backtest | null | undefined): boolean =>
  backtest?.job.state === 'QUEUED' || backtest?.job.state === 'RUNNING';

/** Where a backtest stands, asked again while it is under way; its own failure and the server's look alike. */
export function useBacktest(jobId: string | undefined): BacktestState {
  const variables = { jobId: jobId ?? '' };
  const [{ data, error }, ask] = useQuery({
    query: BacktestQuery,
    variables,
    pause: !jobId,
  });
  const renew = useRenewal(BacktestQuery, variables, ask);
  const backtest = data?.backtest;
  const underWay = isUnderWay(backtest);
  usePolling(underWay, () => {
    if (underWay) renew();
  });
  if (!jobId) return { phase: 'none' };
  if (!backtest) {
    if (error) return { phase: 'failed', failure: explain(error) };
    return { phase: data ? 'unknown' : 'loading' };
  }
  if (underWay) return { phase: 'underway', backtest };
  return backtest.signals
    ? { phase: 'done', backtest, signals: backtest.signals }
    : { phase: 'failed', failure: { message: backtest.job.error?.message ?? 'The backtest was cancelled.' } };
}

type Input = VariablesOf<typeof RequestBacktest>['input'];
type Requested = { jobId: string } | { message: string; field: string | null };

/** Asks for a backtest; answers with its job, or what is wrong and with which field. */
export function useRequestBacktest(): (input: Input) => Promise<Requested> {
  const client = useClient();
  return useCallback(
    async (input) => {
      const answer = await client.mutation(RequestBacktest, { input });
      const job = answer.data?.requestBacktest?.job;
      if (job) return { jobId: job.id };
      if (answer.error) return { message: explain(answer.error).message, field: null };
      const problem = answer.data?.requestBacktest?.errors[0];
      return { message: problem?.message ?? 'The backtest could not be started.', field: problem?.field ?? null };
    },
    [client],
  );
}
