import { Alert, Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { formatDate, NOTHING, plural } from '@/lib/format';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './findPatient.module.css';
import { REASONS, type Reason } from './reasons';
import { type Found, useFoundPatients } from './useFoundPatients';
import { useHiding } from './useHiding';

type FindPatientDialogProps = { onChoose: (patientId: string) => void; onClose: () => void };

/** Finds a patient by what is known of them. What is written and found stays in this dialog and leaves with it. */
export function FindPatientDialog({ onChoose, onClose }: FindPatientDialogProps) {
  useReturnFocus();
  const [known, setKnown] = useState({ memberNumber: '', name: '', birthDate: '' });
  const [reason, setReason] = useState<Reason>('PAYMENT');
  const { found, problem, busy, find } = useFoundPatients();
  useHiding(found !== null, onClose);
  const field = (key: keyof typeof known) => ({
    value: known[key],
    autoComplete: 'off',
    error: problem?.field === key ? problem.message : null,
    onChange: (change: { currentTarget: HTMLInputElement }) => {
      const { value } = change.currentTarget;
      setKnown((before) => ({ ...before, [key]: value }));
    },
  });
  const submit = (submitted: FormEvent) => {
    submitted.preventDefault();
    void find({ ...known, reason });
  };
  return (
    <Modal opened onClose={onClose} title="Find a patient" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <div className={classes.known}>
            <TextInput label="Member number" maxLength={200} data-autofocus {...field('memberNumber')} />
            <TextInput label="Name, in full" maxLength={200} {...field('name')} />
            <TextInput label="Born" type="date" {...field('birthDate')} />
            <NativeSelect
              label="What for?"
              value={reason}
              data={REASONS.map(([value, label]) => ({ value, label }))}
              onChange={({ currentTarget }) => {
                const chosen = REASONS.find(([value]) => value === currentTarget.value);
                if (chosen) setReason(chosen[0]);
              }}
            />
          </div>
          {problem && !problem.field ? (
            <Alert color="red" role="alert">
              {problem.message}
            </Alert>
          ) : null}
          <Group justify="space-between" gap="xs">
            <Text size="xs" c="dimmed" flex="1 1 220px">
              Searching is recorded in the audit trail, with its reason and whom it found.
            </Text>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <Button type="submit" loading={busy}>
                Find
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
      {found ? <People {...found} onChoose={onChoose} /> : null}
    </Modal>
  );
}

function People({ people, more, onChoose }: Found & { onChoose: (patientId: string) => void }) {
  if (people.length === 0)
    return (
      <Text mt="md" role="status">
        Nobody is known by all of this. Capitals, blanks and punctuation do not matter; the rest has to be as files say
        it.
      </Text>
    );
  return (
    <>
      <ul className={classes.people} aria-label="Patients found">
        {people.map(({ patient, claimCount }) => (
          <li key={patient.id}>
            <div>
              <strong>{patient.name || NOTHING}</strong>
              <span>
                {patient.birthDate ? `born ${formatDate(patient.birthDate)}` : 'date of birth unknown'}
                {patient.memberNumber ? `, member ${patient.memberNumber}` : ''}
              </span>
            </div>
            <Button size="compact-sm" variant="light" onClick={() => onChoose(patient.id)}>
              {plural(claimCount, 'claim')}
            </Button>
          </li>
        ))}
      </ul>
      {more ? (
        <Text size="sm" mt="xs" role="status">
          More people fit. Tell more of the one you look for.
        </Text>
      ) : null}
    </>
  );
}
