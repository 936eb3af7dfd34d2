import { Skeleton } from '@mantine/core';
import { IconFileUpload, IconHistory, IconMapQuestion } from '@tabler/icons-react';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from 'urql';
import { BacktestProgress } from '@/app/backtests/BacktestProgress';
import { DetectionSettingsQuery } from '@/app/backtests/documents';
import { yearThrough } from '@/app/backtests/period';
import { type BacktestState, useBacktest, useRequestBacktest } from '@/app/backtests/useBacktest';
import { usePermission, useViewer } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { BacktestForm, type BacktestProblem, type BacktestValues } from './BacktestForm';
import { BacktestResult } from './BacktestResult';

const route = getRouteApi('/backtest');
const TITLE = 'What would Upstream have told you';
const LEAD = 'Days gone by, replayed: each knows only the claims and decisions that were known then';

export function BacktestPage() {
  const { organization } = useViewer();
  const search = route.useSearch();
  const [{ data, error }, ask] = useQuery({ query: DetectionSettingsQuery });
  const state = useBacktest(search.job);
  const settings = data?.detectionSettings;

  if (!organization.dataThrough) {
    return (
      <Page title={TITLE} lead={LEAD}>
        <Notice
          icon={<IconFileUpload size={32} />}
          title="No claims yet"
          action={<LinkButton to="/uploads">Upload claims</LinkButton>}
        >
          A backtest replays the claims you have. Upload a year of them and see what Upstream would have told you.
        </Notice>
      </Page>
    );
  }
  if (!settings) {
    return (
      <Page title={TITLE} lead={LEAD}>
        {error ? (
          <ErrorNotice
            what="the settings of detection"
            failure={explain(error)}
            onRetry={() => ask({ requestPolicy: 'network-only' })}
          />
        ) : (
          <>
            <Skeleton height={124} radius={10} mb={16} />
            <Skeleton height={420} radius={10} />
          </>
        )}
      </Page>
    );
  }
  const replayed = 'backtest' in state ? state.backtest : undefined;
  const year = yearThrough(organization.dataThrough);
  const initial: BacktestValues = {
    from: search.from ?? replayed?.from ?? year.from,
    to: search.to ?? replayed?.to ?? year.to,
    budget: search.budget ?? replayed?.weeklyAlertBudget ?? settings.weeklyAlertBudget,
    band: search.band ?? replayed?.smallestOdds ?? settings.smallestOdds,
  };
  return (
    <Page title={TITLE} lead={LEAD}>
      <Bench initial={initial} state={state} />
    </Page>
  );
}

/** The form, and below it where the run of it stands. */
function Bench({ initial, state }: { initial: BacktestValues; state: BacktestState }) {
  const navigate = useNavigate();
  const mayRun = usePermission('DETECTION_RUN');
  const request = useRequestBacktest();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<BacktestProblem | null>(null);

  const run = async (values: BacktestValues) => {
    setAsking(true);
    setProblem(null);
    const answer = await request({
      from: values.from,
      to: values.to,
      weeklyAlertBudget: values.budget,
      smallestOdds: values.band,
    });
    setAsking(false);
    if ('jobId' in answer) void navigate({ to: '/backtest', search: { ...values, job: answer.jobId } });
    else setProblem(answer);
  };

  return (
    <>
      {mayRun ? (
        <BacktestForm initial={initial} busy={asking} problem={problem} onRun={(values) => void run(values)} />
      ) : null}
      <Outcome state={state} mayRun={mayRun} onRetry={mayRun ? () => void run(initial) : undefined} />
    </>
  );
}

type OutcomeProps = { state: BacktestState; mayRun: boolean; onRetry: (() => void) | undefined };

function Outcome({ state, mayRun, onRetry }: OutcomeProps) {
  switch (state.phase) {
    case 'loading':
      return <Skeleton height={420} radius={10} />;
    case 'none':
      return mayRun ? (
        <Notice icon={<IconHistory size={32} />} title="Not run yet">
          Run it to see every alert that Upstream would have opened over these days and how soon after the change,
          beside the signals that would have been none: parts of the same cause, or beyond the weekly number. Nothing is
          changed by it.
        </Notice>
      ) : (
        <Notice icon={<IconHistory size={32} />} title="Your role reads backtests">
          Owners, administrators and the care team run them; ask one of them for the link to a run.
        </Notice>
      );
    case 'unknown':
      return (
        <Notice icon={<IconMapQuestion size={32} />} title="This backtest does not exist">
          The link may be mistyped, or the run belongs to another organization.
        </Notice>
      );
    case 'underway':
      return <BacktestProgress job={state.backtest.job} what="Replaying the days" />;
    case 'failed':
      return <ErrorNotice what="this backtest" failure={state.failure} onRetry={onRetry} />;
    case 'done':
      return <BacktestResult backtest={state.backtest} signals={state.signals} />;
  }
}
