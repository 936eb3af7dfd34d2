import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { bandWords } from '@/app/backtests/bandWords';
import { BAND_RANGE, BUDGET_RANGE } from '@/app/urls';
import { isIsoDate } from '@/lib/dates';
import classes from './backtest.module.css';

export type BacktestValues = { from: string; to: string; budget: number; band: number };
/** What is wrong, by the API's names of the fields. */
export type BacktestProblem = { message: string; field: string | null };

type Typed = Record<keyof BacktestValues, string>;
type Errors = Partial<Record<keyof BacktestValues, string>>;

const FIELDS: Record<string, keyof BacktestValues> = {
  from: 'from',
  to: 'to',
  weeklyAlertBudget: 'budget',
  smallestOdds: 'band',
};

function check(typed: Typed): Errors {
  const errors: Errors = {};
  const budget = Number(typed.budget);
  const band = Number(typed.band);
  if (!isIsoDate(typed.from)) errors.from = 'Choose the first day.';
  if (!isIsoDate(typed.to)) errors.to = 'Choose the last day.';
  else if (!errors.from && typed.to < typed.from) errors.to = 'The last day lies before the first.';
  if (!Number.isInteger(budget) || budget < BUDGET_RANGE[0] || budget > BUDGET_RANGE[1])
    errors.budget = `Choose ${BUDGET_RANGE[0]} to ${BUDGET_RANGE[1]} alerts a week.`;
  if (!typed.band || Number.isNaN(band) || band < BAND_RANGE[0] || band > BAND_RANGE[1])
    errors.band = 'Choose an odds ratio of 1.00 to 1.50.';
  return errors;
}

const typedOf = ({ from, to, budget, band }: BacktestValues): Typed => ({
  from,
  to,
  budget: String(budget),
  band: band.toFixed(2),
});

type BacktestFormProps = {
  initial: BacktestValues;
  busy: boolean;
  problem: BacktestProblem | null;
  onRun: (values: BacktestValues) => void;
};

/** Which days to replay, and with which settings. */
export function BacktestForm({ initial, busy, problem, onRun }: BacktestFormProps) {
  const { from, to, budget, band: odds } = initial;
  const [typed, setTyped] = useState<Typed>(() => typedOf(initial));
  // Another run's values come with its address: by the way back, or by a link.
  useEffect(() => setTyped(typedOf({ from, to, budget, band: odds })), [from, to, budget, odds]);
  const [errors, setErrors] = useState<Errors>({});
  const refused = problem?.field ? FIELDS[problem.field] : undefined;
  const errorOf = (field: keyof BacktestValues) => errors[field] ?? (refused === field ? problem?.message : undefined);
  const set = (field: keyof BacktestValues) => (value: string) => {
    setTyped((before) => ({ ...before, [field]: value }));
    setErrors((before) => ({ ...before, [field]: undefined }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = check(typed);
    setErrors(found);
    if (Object.keys(found).length === 0) {
      onRun({ from: typed.from, to: typed.to, budget: Number(typed.budget), band: Number(typed.band) });
    }
  };
  const band = Number(typed.band);

  return (
    <form className={classes.form} onSubmit={submit} noValidate aria-label="Backtest">
      <div className={classes.fields}>
        <TextInput
          type="date"
          label="First day"
          value={typed.from}
          error={errorOf('from')}
          onChange={(event) => set('from')(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="Last day"
          value={typed.to}
          error={errorOf('to')}
          onChange={(event) => set('to')(event.currentTarget.value)}
        />
        <TextInput
          type="number"
          label="Alerts a week"
          min={BUDGET_RANGE[0]}
          max={BUDGET_RANGE[1]}
          value={typed.budget}
          error={errorOf('budget')}
          onChange={(event) => set('budget')(event.currentTarget.value)}
        />
        <TextInput
          type="number"
          label="Too small to matter"
          min={BAND_RANGE[0]}
          max={BAND_RANGE[1]}
          step={0.01}
          value={typed.band}
          error={errorOf('band')}
          onChange={(event) => set('band')(event.currentTarget.value)}
        />
        <Button type="submit" loading={busy} className={classes.run}>
          Run the backtest
        </Button>
      </div>
      <p className={classes.hint}>
        {band >= BAND_RANGE[0] && band <= BAND_RANGE[1] ? bandWords(band) : 'An odds ratio of 1.00 to 1.50.'}
      </p>
      {problem && !refused ? (
        <p className={classes.problem} role="alert">
          {problem.message}
        </p>
      ) : null}
    </form>
  );
}
