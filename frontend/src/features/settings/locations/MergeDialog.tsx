import { Button, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { plural } from '@/lib/format';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './locations.module.css';
import { type Location, useLocationActions } from './useLocationActions';

type MergeDialogProps = { location: Location; others: readonly Location[]; onClose: () => void };

/** Which other location this one is, with how many claims move there. */
export function MergeDialog({ location, others, onClose }: MergeDialogProps) {
  useReturnFocus();
  const { merge } = useLocationActions();
  const [into, setInto] = useState('');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!into) return setProblem('Choose the location that it is.');
    setBusy(true);
    const found = await merge(location.name, into);
    if (!found) return onClose();
    setProblem(found);
    setBusy(false);
  };
  return (
    <Modal opened onClose={onClose} title={`“${location.name}” is the same place as…`} size="md">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
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
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Make them one
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
