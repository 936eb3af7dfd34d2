import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import classes from './explore.module.css';
import type { Typed, VariableField } from './variables';

type VariablesFormProps = {
  fields: readonly VariableField[];
  typed: Typed;
  problems: Typed;
  onChange: (typed: Typed) => void;
};

/** One field for each variable that the query declares. */
export function VariablesForm({ fields, typed, problems, onChange }: VariablesFormProps) {
  if (fields.length === 0) return null;
  return (
    <fieldset className={classes.variables}>
      <legend>Variables</legend>
      {fields.map((field) => (
        <Variable
          key={field.name}
          field={field}
          value={typed[field.name] ?? ''}
          problem={problems[field.name]}
          onChange={(value) => onChange({ ...typed, [field.name]: value })}
        />
      ))}
    </fieldset>
  );
}

type VariableProps = { field: VariableField; value: string; problem?: string; onChange: (value: string) => void };

function Variable({ field, value, problem, onChange }: VariableProps) {
  const { name, type, kind, required, fallback, choices } = field;
  const shared = {
    label: `$${name}`,
    description: type,
    error: problem,
    required,
    withAsterisk: required,
    value,
    onChange: (changed: { currentTarget: { value: string } }) => onChange(changed.currentTarget.value),
  };
  const empty = { value: '', label: fallback ?? 'not given' };
  switch (kind) {
    case 'choice':
      return (
        <NativeSelect {...shared} data={[empty, ...choices.map((choice) => ({ value: choice, label: choice }))]} />
      );
    case 'boolean':
      return (
        <NativeSelect
          {...shared}
          data={[empty, { value: 'true', label: 'true' }, { value: 'false', label: 'false' }]}
        />
      );
    case 'json':
      return (
        <Textarea
          {...shared}
          className={classes.json}
          autosize={false}
          rows={3}
          spellCheck={false}
          placeholder={fallback ?? (type.startsWith('[') ? '["…"]' : '{ }')}
        />
      );
    case 'date':
      return <TextInput {...shared} type="date" />;
    case 'whole':
      return <TextInput {...shared} inputMode="numeric" placeholder={fallback ?? ''} />;
    case 'number':
      return <TextInput {...shared} inputMode="decimal" placeholder={fallback ?? ''} />;
    case 'text':
      return <TextInput {...shared} spellCheck={false} placeholder={fallback?.replaceAll('"', '') ?? ''} />;
  }
}
