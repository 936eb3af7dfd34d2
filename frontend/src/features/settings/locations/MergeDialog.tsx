import { NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import { plural } from '@/lib/format';
import { FormDialog } from '@/ui/dialog/FormDialog';
import classes from './locations.module.css';
import { type Location, useLocationActions } from './useLocationActions';

type MergeDialogProps = { location: Location; others: readonly Location[]; onClose: () => void };

/** Which other location this one is, with how many claims move there. */
export function MergeDialog({ location, others, onClose }: MergeDialogProps) {
  const { merge } = useLocationActions();
  const [into, setInto] = useState('');
  const [problem, setProblem] = useState('');
  const submit = async () => {
    if (!into) return setProblem('Choose the location that it is.');
    const found = await merge(location.name, into);
    if (found) setProblem(found);
    else onClose();
  };
  return (
    <FormDialog
      title={`“${location.name}” is the same place as…`}
      action="Make them one"
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        label="Location"
        value={into}
        error={problem}
        data-autofocus
        onChange={({ currentTarget }) => {
          setInto(currentTarget.value);
          setProblem('');
        }}
        data={[
          { value: '', label: 'Choose a location' },
          ...others.map(({ name, claims }) => ({ value: name, label: `${name} (${plural(claims, 'claim')})` })),
        ]}
      />
      <Text size="sm" className={classes.note}>
        {plural(location.claims, 'claim')} of {location.name} will count there, and so will later files that say{' '}
        {location.name}. This can be undone.
      </Text>
    </FormDialog>
  );
}
