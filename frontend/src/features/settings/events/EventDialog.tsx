import { Group, NativeSelect, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { PayerChoicesQuery, ServiceGroupChoicesQuery } from '@/graphql/choices';
import type { KnownEventKind } from '@/graphql/tada';
import { EVENT_KIND_LABEL } from '@/graphql/words';
import { isIsoDate } from '@/lib/dates';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { type EventInput, type KnownEvent, useEventActions } from './useEventActions';

const KINDS = Object.keys(EVENT_KIND_LABEL) as KnownEventKind[];

type Values = Record<'kind' | 'title' | 'firstDay' | 'lastDay' | 'payerId' | 'serviceGroupId' | 'note', string>;
type Errors = Partial<Record<keyof Values | 'other', string>>;

const valuesOf = (event: KnownEvent | null): Values => ({
  kind: event?.kind ?? 'CONTRACT',
  title: event?.title ?? '',
  firstDay: event?.firstDay ?? '',
  lastDay: event?.lastDay ?? '',
  payerId: event?.payer?.id ?? '',
  serviceGroupId: event?.serviceGroup?.id ?? '',
  note: event?.note ?? '',
});

function check({ title, firstDay, lastDay }: Values): Errors {
  const errors: Errors = {};
  if (!title.trim()) errors.title = 'Give the event a title.';
  if (!isIsoDate(firstDay)) errors.firstDay = 'Choose the first day.';
  else if (lastDay && lastDay < firstDay) errors.lastDay = 'The last day lies before the first.';
  return errors;
}

const isField = (name: string | null): name is keyof Values => name !== null && name in valuesOf(null);

const inputFrom = (values: Values): EventInput => ({
  kind: values.kind as KnownEventKind,
  title: values.title.trim(),
  note: values.note.trim(),
  firstDay: values.firstDay,
  lastDay: values.lastDay || null,
  payerId: values.payerId || null,
  serviceGroupId: values.serviceGroupId || null,
});

/** One event, new or as it is. */
export function EventDialog({ event, onClose }: { event: KnownEvent | null; onClose: () => void }) {
  const { save } = useEventActions();
  const [{ data: payers }] = useQuery({ query: PayerChoicesQuery });
  const [{ data: groups }] = useQuery({ query: ServiceGroupChoicesQuery });
  const [values, setValues] = useState(() => valuesOf(event));
  const [errors, setErrors] = useState<Errors>({});

  const field = (name: keyof Values) => ({
    value: values[name],
    error: errors[name],
    onChange: (change: { currentTarget: { value: string } }) => {
      const { value } = change.currentTarget;
      setValues((before) => ({ ...before, [name]: value }));
      setErrors((before) => ({ ...before, [name]: undefined, other: undefined }));
    },
  });
  const submit = async () => {
    const found = check(values);
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    const problem = await save(inputFrom(values), event?.id ?? null);
    if (problem) setErrors({ [isField(problem.field) ? problem.field : 'other']: problem.message });
    else onClose();
  };

  return (
    <FormDialog
      title={event ? 'Change the event' : 'Add an event'}
      action={event ? 'Save' : 'Add'}
      problem={errors.other}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput label="Title" placeholder="New fee schedule" maxLength={120} data-autofocus {...field('title')} />
      <NativeSelect
        label="Kind"
        data={KINDS.map((kind) => ({ value: kind, label: EVENT_KIND_LABEL[kind] }))}
        {...field('kind')}
      />
      <Group grow gap="sm" align="flex-start">
        <TextInput type="date" label="First day" {...field('firstDay')} />
        <TextInput type="date" label="Last day" {...field('lastDay')} />
      </Group>
      <Text size="xs" c="dimmed" mt={-6}>
        Leave the last day empty for a single day.
      </Text>
      <NativeSelect
        label="Payer"
        data={[
          { value: '', label: 'All payers' },
          ...(payers?.payers?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
        {...field('payerId')}
      />
      <NativeSelect
        label="Service group"
        data={[
          { value: '', label: 'All services' },
          ...(groups?.serviceGroups ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
        {...field('serviceGroupId')}
      />
      <Textarea
        label="Note"
        description="No patients’ names, please: everyone who reads alerts reads it"
        autosize={false}
        rows={3}
        maxLength={2000}
        {...field('note')}
      />
    </FormDialog>
  );
}
