import { Switch, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Problem } from '@/graphql/problem';
import { FormDialog } from '@/ui/dialog/FormDialog';

export type SaveValues = { name: string; description: string; shared: boolean };

type SaveDialogProps = {
  title: string;
  initial: SaveValues;
  onSave: (values: SaveValues) => Promise<Problem | null>;
  onClose: () => void;
};

/** A query's name, what it answers, and who sees it. */
export default function SaveDialog({ title, initial, onSave, onClose }: SaveDialogProps) {
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState<Problem | null>(null);
  const at = (field: string) => (problem?.field === field ? problem.message : undefined);
  const set = (change: Partial<SaveValues>) => {
    setValues((before) => ({ ...before, ...change }));
    setProblem(null);
  };
  const submit = async () => {
    if (!values.name.trim()) {
      setProblem({ field: 'name', message: 'Give the query a name that says what it answers.' });
      return;
    }
    const found = await onSave(values);
    setProblem(found);
    if (!found) onClose();
  };
  const elsewhere = problem && problem.field !== 'name' && problem.field !== 'description';
  return (
    <FormDialog
      title={title}
      action="Save"
      problem={elsewhere ? problem.message : null}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        placeholder="Denial rate by payer"
        maxLength={80}
        data-autofocus
        value={values.name}
        error={at('name')}
        onChange={(changed) => set({ name: changed.currentTarget.value })}
      />
      <Textarea
        label="What it answers"
        description="No patients’ names, please"
        autosize={false}
        rows={2}
        maxLength={500}
        value={values.description}
        error={at('description')}
        onChange={(changed) => set({ description: changed.currentTarget.value })}
      />
      <Switch
        label="Share it with everyone here who may write queries"
        checked={values.shared}
        onChange={(changed) => set({ shared: changed.currentTarget.checked })}
      />
    </FormDialog>
  );
}
