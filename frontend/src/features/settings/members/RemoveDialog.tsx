import { ConfirmDialog } from '@/ui/dialog/ConfirmDialog';
import { type Member, useMemberActions } from './useMemberActions';

/** Asks before, because somebody loses their access at once. */
export function RemoveDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { remove } = useMemberActions();
  const confirm = async () => {
    const problem = await remove(member);
    if (!problem) onClose();
    return problem?.message ?? null;
  };
  return (
    <ConfirmDialog title={`Remove ${member.name}?`} action="Remove" keep="Keep" onConfirm={confirm} onClose={onClose}>
      {member.name} is signed out here and sees nothing of this organization any more, from this moment on. What they
      did stays, and so do service keys they made: look through those as well.
    </ConfirmDialog>
  );
}
