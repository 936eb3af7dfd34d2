import { NativeSelect } from '@mantine/core';
import { roleLabel } from '@/app/session/roles';
import { useViewer } from '@/app/session/SessionContext';
import type { Role } from '@/graphql/tada';
import { ROLE_IS_FOR, rolesToGive } from './words';

type RoleSelectProps = { role: Role; error?: string; autoFocus?: boolean; onChange: (role: Role) => void };

/** The roles that the person who asks may give; the one held stands among them whatever it is. */
export function RoleSelect({ role, error, autoFocus, onChange }: RoleSelectProps) {
  const offered = rolesToGive(useViewer().role);
  const roles = offered.includes(role) ? offered : [role, ...offered];
  return (
    <NativeSelect
      label="Role"
      description={role === 'INTEGRATION' ? 'Hands files in and follows them' : ROLE_IS_FOR[role]}
      data={roles.map((value) => ({ value, label: roleLabel(value) }))}
      value={role}
      error={error}
      data-autofocus={autoFocus}
      onChange={(change) => onChange(change.currentTarget.value as Role)}
    />
  );
}
