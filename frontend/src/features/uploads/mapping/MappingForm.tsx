import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useMutation } from 'urql';
import { say } from '@/app/undo/undo';
import { OUTCOMES } from '@/app/urls';
import { explain } from '@/graphql/failure';
import type { Outcome } from '@/graphql/tada';
import { OUTCOME_LABEL } from '@/graphql/words';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { MapUpload } from './documents';
import { FIELD_LABEL } from './fields';
import type { Mapping, Table } from './MappingPage';
import classes from './mapping.module.css';

const FIELD_CHOICES = [
  { value: '', label: 'Leave alone' },
  ...Object.entries(FIELD_LABEL).map(([value, label]) => ({ value, label })),
];

type MappingFormProps = { uploadId: string; table: Table; mapping: Mapping; onChange: (mapping: Mapping) => void };
type Row = { place: number; name: string; samples: readonly string[] };

/** The columns with values of theirs, what each is read as, and what the file itself leaves open. */
export function MappingForm({ uploadId, table, mapping, onChange }: MappingFormProps) {
  const navigate = useNavigate();
  const [, mapUpload] = useMutation(MapUpload);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const choose = (place: number, field: string) =>
    // A field is told by one column: where it is chosen anew, the other one lets go of it.
    onChange({
      ...mapping,
      columns: mapping.columns.map((before, at) => (at === place ? field : before === field ? '' : before)),
    });
  const columns: Column<Row>[] = [
    {
      id: 'name',
      header: 'Column, with values of the file',
      wrap: true,
      cell: ({ name, place, samples }) => (
        <>
          {name || `Column ${place + 1}`}
          <span className={classes.samples}>{samples.join(' · ')}</span>
        </>
      ),
    },
    {
      id: 'field',
      header: 'Read as',
      cell: ({ name, place }) => (
        <NativeSelect
          size="xs"
          className={classes.field}
          aria-label={`${name || `Column ${place + 1}`} is read as`}
          data={FIELD_CHOICES}
          value={mapping.columns[place] ?? ''}
          onChange={(event) => choose(place, event.currentTarget.value)}
        />
      ),
    },
  ];
  const wordMeans = (word: string, outcome: Outcome | '') => {
    const others = (mapping.outcomeWords ?? []).filter((each) => each.word !== word);
    onChange({ ...mapping, outcomeWords: outcome ? [...others, { word, outcome }] : others });
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const answer = await mapUpload({ id: uploadId, mapping });
    setBusy(false);
    const refusal = answer.error ? explain(answer.error).message : answer.data?.mapUpload?.errors[0]?.message;
    if (refusal) return setProblem(refusal);
    say(
      answer.data?.mapUpload?.upload?.job.state === 'QUEUED'
        ? 'The mapping is remembered, and the file is being read with it.'
        : 'The mapping is remembered for the next file. This one stays as it was read.',
    );
    await navigate({ to: '/uploads/$uploadId', params: { uploadId } });
  };

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <Card
        title="Columns"
        note={`The header stands in line ${table.headerLine}.${table.remembered ? ' It has been mapped before.' : ''}`}
      >
        <DataTable
          caption="Columns of the file"
          columns={columns}
          rows={table.columns.map(({ name, samples }, place) => ({ place, name, samples }))}
          rowKey={({ place }) => String(place)}
        />
      </Card>
      <Card title="What the file leaves open">
        <div className={classes.choices}>
          {mapping.columns.includes('payer') ? null : (
            <PayerInput value={mapping.payer ?? ''} onSettle={(payer) => onChange({ ...mapping, payer })} />
          )}
          <NativeSelect
            label="Slashed dates"
            value={mapping.dayFirst == null ? '' : String(mapping.dayFirst)}
            onChange={({ currentTarget: { value } }) =>
              onChange({ ...mapping, dayFirst: value === '' ? null : value === 'true' })
            }
            data={[
              { value: '', label: 'As the file shows' },
              { value: 'false', label: 'Month first' },
              { value: 'true', label: 'Day first' },
            ]}
          />
          <NativeSelect
            label="Cents stand behind"
            value={mapping.decimalMark ?? ''}
            onChange={({ currentTarget: { value } }) => onChange({ ...mapping, decimalMark: value || null })}
            data={[
              { value: '', label: 'As the file shows' },
              { value: '.', label: 'a point' },
              { value: ',', label: 'a comma' },
            ]}
          />
          {table.outcomeWords.map(({ word }) => (
            <NativeSelect
              key={word}
              label={`“${word}” means`}
              value={mapping.outcomeWords?.find((each) => each.word === word)?.outcome ?? ''}
              onChange={({ currentTarget: { value } }) => wordMeans(word, value as Outcome | '')}
              data={[
                { value: '', label: 'Not said' },
                ...OUTCOMES.map((outcome) => ({ value: outcome, label: OUTCOME_LABEL[outcome] })),
              ]}
            />
          ))}
        </div>
        {problem ? (
          <p className={classes.problem} role="alert">
            {problem}
          </p>
        ) : null}
        <Button type="submit" loading={busy} disabled={table.missing.length > 0} mt="md">
          Read with this mapping
        </Button>
      </Card>
    </form>
  );
}

/** Its preview is asked for when the name is written, not at every letter. */
function PayerInput({ value, onSettle }: { value: string; onSettle: (payer: string) => void }) {
  const [typed, setTyped] = useState(value);
  return (
    <TextInput
      label="Payer of every row"
      value={typed}
      maxLength={200}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={() => typed !== value && onSettle(typed)}
    />
  );
}
