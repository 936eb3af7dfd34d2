import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './members.module.css';
import { RoleSelect } from './RoleSelect';
import { type Member, type Problem, useMemberActions } from './useMemberActions';

export function RoleDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  useReturnFocus();
  const { changeRole } = useMemberActions();
  const [role, setRole] = useState(member.role);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (role === member.role) return onClose();
    setBusy(true);
    const found = await changeRole(member, role);
    setBusy(false);
    if (found) setProblem(found);
    else onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Role of ${member.name}`} size="md">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          <RoleSelect
            role={role}
            autoFocus
            error={problem?.field === 'role' ? problem.message : undefined}
            onChange={(chosen) => {
              setRole(chosen);
              setProblem(null);
            }}
          />
          <Text size="sm">It counts at once. Where it allows less than before, {member.name} is signed out here.</Text>
          {problem && problem.field !== 'role' ? (
            <p className={classes.problem} role="alert">
              {problem.message}
            </p>
          ) : null}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Change
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
