import { useState } from 'react';
import { ConfirmDialog } from '@/ui/dialog/ConfirmDialog';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { type Address, useAddressActions } from './useAddressActions';

export type Asked = { address: Address; what: 'rotate' | 'remove' };

/** Asks before, because nothing takes it back. */
export function AskDialog({ address, what, onClose }: Asked & { onClose: () => void }) {
  useReturnFocus();
  const { rotate, remove } = useAddressActions();
  const [secret, setSecret] = useState<string | null>(null);
  const confirm = async (): Promise<string | null> => {
    if (what === 'remove') {
      const problem = await remove(address);
      if (!problem) onClose();
      return problem;
    }
    const made = await rotate(address);
    if (!('secret' in made)) return made.message;
    setSecret(made.secret);
    return null;
  };
  if (secret) return <SecretDialog what="secret" name={address.name} text={secret} onClose={onClose} />;
  const word = what === 'rotate' ? 'Rotate' : 'Remove';
  return (
    <ConfirmDialog title={`${word} “${address.name}”?`} action={word} onConfirm={confirm} onClose={onClose}>
      {what === 'rotate'
        ? 'From this moment on messages are signed with another secret, those that wait to be sent again as well: the system that listens refuses them until it has the new one.'
        : 'It is told of no alert any more, from this moment on and for good. What waits to be sent again is not sent either.'}
    </ConfirmDialog>
  );
}
