import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Role } from '@/graphql/tada';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { RoleSelect } from './RoleSelect';
import { useMemberActions } from './useMemberActions';

const FIELDS = ['email', 'name', 'role'] as const;
type Errors = Partial<Record<(typeof FIELDS)[number] | 'other', string>>;

/** Who is to join, and as what; a mail with a link goes to the address. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { invite } = useMemberActions();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('CARE_TEAM');
  const [errors, setErrors] = useState<Errors>({});

  const submit = async () => {
    const found: Errors = {};
    if (!/^\S+@\S+$/.test(email.trim())) found.email = 'Enter an e-mail address.';
    if (!name.trim()) found.name = 'Enter a name.';
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    const problem = await invite({ email: email.trim(), name: name.trim(), role });
    if (!problem) return onClose();
    const field = FIELDS.find((each) => each === problem.field) ?? 'other';
    setErrors({ [field]: problem.message });
  };

  return (
    <FormDialog title="Invite somebody" action="Invite" problem={errors.other} onSubmit={submit} onClose={onClose}>
      <TextInput
        label="E-mail"
        description="Where the link goes; it counts once, for seven days"
        type="email"
        autoComplete="off"
        maxLength={254}
        data-autofocus
        value={email}
        error={errors.email}
        onChange={(change) => {
          setEmail(change.currentTarget.value);
          setErrors({});
        }}
      />
      <TextInput
        label="Name"
        autoComplete="off"
        maxLength={200}
        value={name}
        error={errors.name}
        onChange={(change) => {
          setName(change.currentTarget.value);
          setErrors({});
        }}
      />
      <RoleSelect role={role} error={errors.role} onChange={setRole} />
    </FormDialog>
  );
}
