import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { Card } from '@/ui/Card';
import { AddPayerAlias, PayerNamesFragment, RenamePayer } from './documents';
import classes from './payers.module.css';

/** Under which names claims call this payer. An alias takes over the payer that has had that name until now. */
export function PayerNames({ data }: { data: FragmentOf<typeof PayerNamesFragment> }) {
  const payer = readFragment(PayerNamesFragment, data);
  const mayWrite = usePermission('PAYERS_WRITE');
  const [, rename] = useMutation(RenamePayer);
  const [, addAlias] = useMutation(AddPayerAlias);

  const submitName = async (name: string) => {
    const answer = await rename({ id: payer.id, name });
    if (answer.error) return explain(answer.error).message;
    const problem = answer.data?.renamePayer?.errors[0]?.message ?? null;
    if (!problem) say(`Renamed to ${name}.`);
    return problem;
  };
  const submitAlias = async (alias: string) => {
    const answer = await addAlias({ id: payer.id, alias });
    if (answer.error) return explain(answer.error).message;
    const problem = answer.data?.addPayerAlias?.errors[0]?.message ?? null;
    if (!problem) say(`Claims that name ${alias} now belong to ${payer.name}.`);
    return problem;
  };

  return (
    <>
      <Card title="Also called" note="Names in files that mean this payer">
        {payer.aliases.length > 0 ? (
          <ul className={classes.aliases}>
            {payer.aliases.map((alias) => (
              <li key={alias}>{alias}</li>
            ))}
          </ul>
        ) : (
          <p className={classes.none}>No other name is known.</p>
        )}
        {mayWrite ? <NameForm label="Add a name" button="Add" initial="" onSubmit={submitAlias} /> : null}
      </Card>
      {mayWrite ? (
        <Card title="Name on screen">
          <NameForm key={payer.name} label="Name" button="Rename" initial={payer.name} onSubmit={submitName} />
        </Card>
      ) : null}
    </>
  );
}

type NameFormProps = {
  label: string;
  button: string;
  initial: string;
  /** Resolves to what went wrong, or null. */
  onSubmit: (name: string) => Promise<string | null>;
};

function NameForm({ label, button, initial, onSubmit }: NameFormProps) {
  const [name, setName] = useState(initial);
  const [problem, setProblem] = useState<string | null>(null);
  const trimmed = name.trim();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const refusal = await onSubmit(trimmed);
    setProblem(refusal);
    if (!refusal) setName(initial);
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <TextInput
        label={label}
        value={name}
        error={problem ?? undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={trimmed === '' || trimmed === initial}>
        {button}
      </Button>
    </form>
  );
}
