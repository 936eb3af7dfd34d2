import { Text } from '@mantine/core';
import { useState } from 'react';
import type { Problem } from '@/graphql/problem';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { RoleSelect } from './RoleSelect';
import { type Member, useMemberActions } from './useMemberActions';

export function RoleDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { changeRole } = useMemberActions();
  const [role, setRole] = useState(member.role);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async () => {
    if (role === member.role) return onClose();
    const found = await changeRole(member, role);
    if (found) setProblem(found);
    else onClose();
  };
  const ofRole = problem?.field === 'role';
  return (
    <FormDialog
      title={`Role of ${member.name}`}
      action="Change"
      problem={ofRole ? null : problem?.message}
      onSubmit={submit}
      onClose={onClose}
    >
      <RoleSelect
        role={role}
        autoFocus
        error={ofRole ? problem.message : undefined}
        onChange={(chosen) => {
          setRole(chosen);
          setProblem(null);
        }}
      />
      <Text size="sm">It counts at once. Where it allows less than before, {member.name} is signed out here.</Text>
    </FormDialog>
  );
}
