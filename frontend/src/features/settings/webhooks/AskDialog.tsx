import { ConfirmDialog } from '@/ui/dialog/ConfirmDialog';
import { RotateDialog } from '../RotateDialog';
import { useWebhookActions, type Webhook } from './useWebhookActions';

export type Asked = { webhook: Webhook; what: 'rotate' | 'revoke' };

/** Asks before, because nothing takes it back. */
export function AskDialog({ webhook, what, onClose }: Asked & { onClose: () => void }) {
  const { rotate, revoke } = useWebhookActions();
  if (what === 'rotate') {
    return (
      <RotateDialog name={webhook.name} onRotate={() => rotate(webhook)} onClose={onClose}>
        The secret it has now counts no more, from this moment on: what the system sends is refused until it has the new
        one.
      </RotateDialog>
    );
  }
  const confirm = async () => {
    const problem = await revoke(webhook);
    if (!problem) onClose();
    return problem;
  };
  return (
    <ConfirmDialog title={`Revoke “${webhook.name}”?`} action="Revoke" onConfirm={confirm} onClose={onClose}>
      The system that sends to it is refused, from this moment on and for good.
    </ConfirmDialog>
  );
}
