import { Button, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { bandWords } from '@/app/backtests/bandWords';
import { yearThrough } from '@/app/backtests/period';
import { useBacktest, useRequestBacktest } from '@/app/backtests/useBacktest';
import { usePermission, useViewer } from '@/app/session/SessionContext';
import { say } from '@/app/undo/undo';
import { BAND_RANGE, BUDGET_RANGE } from '@/app/urls';
import { explain } from '@/graphql/failure';
import { Card } from '@/ui/Card';
import classes from './detection.module.css';
import { UpdateDetectionSettings } from './documents';
import { Effect } from './Effect';
import { WhomToAsk } from './WhomToAsk';

const route = getRouteApi('/settings/detection');

type Values = { budget: number; band: number };
type Errors = { budget?: string; band?: string; other?: string };

const FIELDS: Record<string, keyof Errors> = { weeklyAlertBudget: 'budget', smallestOdds: 'band' };
const at = (field: string | null, message: string): Errors => ({ [FIELDS[field ?? ''] ?? 'other']: message });

function check({ budget, band }: Values): Errors {
  const errors: Errors = {};
  if (!Number.isInteger(budget) || budget < BUDGET_RANGE[0] || budget > BUDGET_RANGE[1])
    errors.budget = `Choose ${BUDGET_RANGE[0]} to ${BUDGET_RANGE[1]} alerts a week.`;
  if (!(band >= BAND_RANGE[0] && band <= BAND_RANGE[1])) errors.band = 'Choose an odds ratio of 1.00 to 1.50.';
  return errors;
}

/** The two settings, what they would have done over the last year, and only then the button that saves them. */
export function DetectionForm({ saved }: { saved: Values }) {
  const search = route.useSearch();
  const navigate = useNavigate();
  const { organization } = useViewer();
  const mayTry = usePermission('DETECTION_RUN') && organization.dataThrough !== null;
  const maySave = usePermission('DETECTION_WRITE');
  const request = useRequestBacktest();
  const [, update] = useMutation(UpdateDetectionSettings);
  const [typed, setTyped] = useState({
    budget: String(search.budget ?? saved.budget),
    band: (search.band ?? saved.band).toFixed(2),
  });
  const [errors, setErrors] = useState<Errors>({});
  const [busy, setBusy] = useState<'trying' | 'saving' | null>(null);
  const now = useBacktest(search.base);
  const wanted = useBacktest(search.job);

  const values = { budget: Number(typed.budget), band: typed.band === '' ? Number.NaN : Number(typed.band) };
  const changed = values.budget !== saved.budget || values.band !== saved.band;
  const tried = search.budget === values.budget && search.band === values.band && search.job !== undefined;
  const settled = [now, wanted].every(({ phase }) => phase === 'done' || phase === 'failed' || phase === 'unknown');

  const set = (field: keyof Values) => (value: string) => {
    setTyped((before) => ({ ...before, [field]: value }));
    setErrors({});
  };
  const attempt = async () => {
    const found = check(values);
    setErrors(found);
    if (found.budget || found.band || !changed || !organization.dataThrough) return;
    setBusy('trying');
    const year = yearThrough(organization.dataThrough);
    const ask = ({ budget, band }: Values) => request({ ...year, weeklyAlertBudget: budget, smallestOdds: band });
    const [base, job] = await Promise.all([ask(saved), ask(values)]);
    setBusy(null);
    if (!('jobId' in job)) setErrors(at(job.field, job.message));
    else if (!('jobId' in base)) setErrors(at(base.field, base.message));
    else
      void navigate({
        to: '/settings/detection',
        search: { ...values, job: job.jobId, base: base.jobId },
        replace: true,
      });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt();
  };
  const save = async () => {
    const found = check(values);
    setErrors(found);
    if (found.budget || found.band) return;
    setBusy('saving');
    const answer = await update({ input: { weeklyAlertBudget: values.budget, smallestOdds: values.band } });
    setBusy(null);
    const problem = answer.data?.updateDetectionSettings?.errors[0];
    if (answer.error) setErrors({ other: explain(answer.error).message });
    else if (problem) setErrors(at(problem.field, problem.message));
    else {
      say('Saved. Upstream looks for changes again with these settings.');
      void navigate({ to: '/settings/detection', search: {}, replace: true });
    }
  };
  // Without data there is nothing to try the values on.
  const saveable = changed && (organization.dataThrough === null || (tried && settled));

  return (
    <form className={classes.form} onSubmit={submit} noValidate aria-label="Detection">
      <Card title="What you ask of detection">
        <div className={classes.setting}>
          <TextInput
            type="number"
            label="Alerts a week, at most"
            min={BUDGET_RANGE[0]}
            max={BUDGET_RANGE[1]}
            readOnly={!mayTry && !maySave}
            value={typed.budget}
            error={errors.budget}
            onChange={(event) => set('budget')(event.currentTarget.value)}
          />
          <p className={classes.words}>
            In any seven days no more new alerts than this are opened, those with the strongest evidence first. What
            finds no room is not lost: it waits below the inbox and becomes an alert as soon as there is room.
          </p>
        </div>
        <div className={classes.setting}>
          <TextInput
            type="number"
            label="Too small to matter"
            min={BAND_RANGE[0]}
            max={BAND_RANGE[1]}
            step={0.01}
            readOnly={!mayTry && !maySave}
            value={typed.band}
            error={errors.band}
            onChange={(event) => set('band')(event.currentTarget.value)}
          />
          <p className={classes.words}>
            An odds ratio from 1.00 to 1.50: changes within it never raise an alarm, however much data there is.{' '}
            {check(values).band ? '' : bandWords(values.band)}
          </p>
        </div>
        {errors.other ? (
          <p className={classes.problem} role="alert">
            {errors.other}
          </p>
        ) : null}
        <div className={classes.actions}>
          {mayTry ? (
            <Button
              type="submit"
              variant={tried ? 'default' : 'filled'}
              disabled={!changed}
              loading={busy === 'trying'}
            >
              Show the effect
            </Button>
          ) : null}
          {maySave ? (
            <Button type="button" disabled={!saveable} loading={busy === 'saving'} onClick={() => void save()}>
              Save
            </Button>
          ) : null}
          {changed ? (
            <Button
              variant="subtle"
              color="gray"
              onClick={() => {
                setTyped({ budget: String(saved.budget), band: saved.band.toFixed(2) });
                setErrors({});
              }}
            >
              Back to what is saved
            </Button>
          ) : null}
        </div>
        {maySave ? null : <WhomToAsk />}
      </Card>
      {tried && changed ? (
        <Effect now={now} wanted={wanted} saved={saved} values={values} onRetry={() => void attempt()} />
      ) : null}
    </form>
  );
}
