import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './groups.module.css';
import { Moves } from './Moves';
import { isPreview, type Preview, type Problem, type ServiceGroup, useGroupActions } from './useGroupActions';

type GroupDialogProps = { group: ServiceGroup | null; onClose: () => void };

/** One group, new or as it is. What moves is shown before it can be saved; changing the codes hides that again. */
export function GroupDialog({ group, onClose }: GroupDialogProps) {
  useReturnFocus();
  const { preview: look, save } = useGroupActions();
  const takesTheRest = group !== null && group.codes.length === 0;
  const [name, setName] = useState(group?.name ?? '');
  const [codes, setCodes] = useState(group?.codes.join(', ') ?? '');
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);

  const at = (field: string) => (problem?.field === field ? problem.message : undefined);
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!name.trim()) return setProblem({ field: 'name', message: 'Give the group a name.' });
    setBusy(true);
    setProblem(null);
    if (preview || takesTheRest) {
      const found = await save(group?.id ?? null, name, codes);
      if (!found) return onClose();
      setProblem(found);
    } else {
      const answer = await look(group?.id ?? null, codes);
      if (isPreview(answer)) setPreview(answer);
      else setProblem(answer);
    }
    setBusy(false);
  };

  return (
    <Modal opened onClose={onClose} title={group ? 'Change the group' : 'Add a group'} size="md">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Name"
            value={name}
            error={at('name')}
            maxLength={120}
            data-autofocus
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          {takesTheRest ? (
            <p className={classes.note}>This group takes the codes of no other, so it has none of its own.</p>
          ) : (
            <Textarea
              label="Codes"
              description="Codes and ranges, apart by commas: 99202-99215, G0402"
              value={codes}
              error={at('codes')}
              rows={5}
              onChange={({ currentTarget }) => {
                setCodes(currentTarget.value);
                setPreview(null);
              }}
            />
          )}
          {preview ? <Moves preview={preview} /> : null}
          {problem && problem.field !== 'name' && problem.field !== 'codes' ? (
            <p className={classes.problem} role="alert">
              {problem.message}
            </p>
          ) : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              {preview || takesTheRest ? 'Save' : 'See what moves'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
