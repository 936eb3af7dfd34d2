import { ConfirmDialog } from '@/ui/dialog/ConfirmDialog';
import { RotateDialog } from '../RotateDialog';
import { type Address, useAddressActions } from './useAddressActions';

export type Asked = { address: Address; what: 'rotate' | 'remove' };

/** Asks before, because nothing takes it back. */
export function AskDialog({ address, what, onClose }: Asked & { onClose: () => void }) {
  const { rotate, remove } = useAddressActions();
  if (what === 'rotate') {
    return (
      <RotateDialog name={address.name} onRotate={() => rotate(address)} onClose={onClose}>
        From this moment on messages are signed with another secret, those that wait to be sent again as well: the
        system that listens refuses them until it has the new one.
      </RotateDialog>
    );
  }
  const confirm = async () => {
    const problem = await remove(address);
    if (!problem) onClose();
    return problem;
  };
  return (
    <ConfirmDialog title={`Remove “${address.name}”?`} action="Remove" onConfirm={confirm} onClose={onClose}>
      It is told of no alert any more, from this moment on and for good. What waits to be sent again is not sent either.
    </ConfirmDialog>
  );
}
