import { Button, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { useViewer } from '@/app/session/SessionContext';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { Verdict } from '@/graphql/tada';
import { useDraft } from '@/lib/drafts';
import { parseMoney } from '@/lib/money';
import { VERDICT_LABEL } from '../words';
import { JudgeAlert } from './documents';
import classes from './judgement.module.css';

type Draft = { verdict: Verdict | null; note: string; recovered: string };

const EMPTY: Draft = { verdict: null, note: '', recovered: '' };
const VERDICTS: Verdict[] = ['REAL', 'NOISE', 'FOLLOW_UP'];

export function JudgementForm({ alertId }: { alertId: string }) {
  const viewer = useViewer();
  const [draft, setDraft, clearDraft] = useDraft<Draft>(`${viewer.id} judgement ${alertId}`, EMPTY);
  const [problem, setProblem] = useState<string | null>(null);
  const [{ fetching }, judge] = useMutation(JudgeAlert);
  const asksMoney = draft.verdict === 'REAL';
  const recoveredAmount = asksMoney && draft.recovered.trim() ? parseMoney(draft.recovered) : null;
  const badMoney = asksMoney && draft.recovered.trim() !== '' && recoveredAmount === null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!draft.verdict) return setProblem('Choose one: real, noise or follow-up.');
    if (badMoney) return setProblem(null);
    const answer = await judge({
      input: { alertId, verdict: draft.verdict, note: draft.note.trim(), recoveredAmount },
    });
    const refusal = answer.error ? explain(answer.error).message : answer.data?.judgeAlert?.errors[0]?.message;
    setProblem(refusal ?? null);
    if (refusal) return;
    clearDraft();
    say(`Judged: ${VERDICT_LABEL[draft.verdict].toLowerCase()}.`);
  };

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      <fieldset className={classes.verdicts}>
        <legend className={classes.legend}>Judgement</legend>
        {VERDICTS.map((verdict) => (
          <label key={verdict} className={classes.verdict}>
            <input
              type="radio"
              name="verdict"
              value={verdict}
              checked={draft.verdict === verdict}
              onChange={() => setDraft({ ...draft, verdict })}
            />
            <span>{VERDICT_LABEL[verdict]}</span>
          </label>
        ))}
      </fieldset>
      {asksMoney ? (
        <TextInput
          label="Recovered so far"
          placeholder="$0.00"
          inputMode="decimal"
          value={draft.recovered}
          error={badMoney ? 'Enter an amount, for example 1,200.50' : undefined}
          onChange={(event) => setDraft({ ...draft, recovered: event.currentTarget.value })}
        />
      ) : null}
      <Textarea
        label="Note"
        placeholder="What you found; leave patients' names out"
        autosize
        minRows={2}
        value={draft.note}
        onChange={(event) => setDraft({ ...draft, note: event.currentTarget.value })}
      />
      {problem ? (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      ) : null}
      <Button type="submit" variant="default" loading={fetching}>
        Save judgement
      </Button>
    </form>
  );
}
