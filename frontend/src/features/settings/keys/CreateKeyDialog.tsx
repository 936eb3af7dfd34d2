import { Checkbox, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ServiceKeyScope } from '@/graphql/tada';
import { addDays } from '@/lib/dates';
import { formatDate } from '@/lib/format';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { useKeyActions } from './useKeyActions';
import { SCOPE_LABEL } from './words';

const SCOPES = Object.keys(SCOPE_LABEL) as ServiceKeyScope[];
const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '180', label: '180 days' },
  { value: '365', label: 'A year' },
];

type Errors = Partial<Record<'name' | 'scopes' | 'other', string>>;

/** Makes a key, then shows it this once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const { create } = useKeyActions();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(SCOPES);
  const [life, setLife] = useState('90');
  const [errors, setErrors] = useState<Errors>({});
  const [key, setKey] = useState<string | null>(null);
  const expiresOn = addDays(new Date().toISOString().slice(0, 10), Number(life));

  const submit = async () => {
    const found: Errors = {};
    if (!name.trim()) found.name = 'Say which system will hold the key.';
    if (scopes.length === 0) found.scopes = 'Choose what the key may do.';
    setErrors(found);
    if (Object.keys(found).length > 0) return;
    const made = await create({ name: name.trim(), scopes: scopes as ServiceKeyScope[], expiresOn });
    if ('key' in made) setKey(made.key);
    else setErrors({ [made.field === 'name' || made.field === 'scopes' ? made.field : 'other']: made.message });
  };

  if (key !== null) return <SecretDialog name={name.trim()} text={key} onClose={onClose} />;
  return (
    <FormDialog title="Create a service key" action="Create" problem={errors.other} onSubmit={submit} onClose={onClose}>
      <TextInput
        label="Name"
        description="The system that will hold the key"
        placeholder="Practice management"
        maxLength={80}
        data-autofocus
        value={name}
        error={errors.name}
        onChange={(change) => {
          setName(change.currentTarget.value);
          setErrors({});
        }}
      />
      <Checkbox.Group
        label="What it may do"
        value={scopes}
        error={errors.scopes}
        onChange={(chosen) => {
          setScopes(chosen);
          setErrors({});
        }}
      >
        <Stack gap={6} mt={6}>
          {SCOPES.map((scope) => (
            <Checkbox key={scope} size="sm" value={scope} label={SCOPE_LABEL[scope]} />
          ))}
        </Stack>
      </Checkbox.Group>
      <NativeSelect
        label="Ends after"
        description={`On ${formatDate(expiresOn)} (UTC) it stops working`}
        data={LIVES}
        value={life}
        onChange={(change) => setLife(change.currentTarget.value)}
      />
    </FormDialog>
  );
}
