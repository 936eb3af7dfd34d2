import { ConfirmDialog } from '@/ui/dialog/ConfirmDialog';
import { type ServiceKey, useKeyActions } from './useKeyActions';
import { lastUseWords } from './words';

/** Asks before, because nothing takes it back. */
export function RevokeDialog({ serviceKey, onClose }: { serviceKey: ServiceKey; onClose: () => void }) {
  const { revoke } = useKeyActions();
  const confirm = async () => {
    const problem = await revoke(serviceKey);
    if (!problem) onClose();
    return problem;
  };
  return (
    <ConfirmDialog title={`Revoke “${serviceKey.name}”?`} action="Revoke" onConfirm={confirm} onClose={onClose}>
      The system that holds it can hand nothing in any more, from this moment on and for good. Last use:{' '}
      {lastUseWords(serviceKey).toLowerCase()}.
    </ConfirmDialog>
  );
}
