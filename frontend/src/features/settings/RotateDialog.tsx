import { type ReactNode, useState } from 'react';
import type { Problem } from '@/graphql/problem';
import { ConfirmDialog } from '@/ui/dialog/ConfirmDialog';
import { SecretDialog } from '@/ui/dialog/SecretDialog';
import { useReturnFocus } from '@/ui/useReturnFocus';

type RotateDialogProps = {
  name: string;
  onRotate: () => Promise<{ secret: string } | Problem>;
  onClose: () => void;
  children: ReactNode;
};

/** Asks before a secret counts no more, then shows the new one this once. */
export function RotateDialog({ name, onRotate, onClose, children }: RotateDialogProps) {
  // One dialog follows the other: the focus goes back to what opened the first.
  useReturnFocus();
  const [secret, setSecret] = useState<string | null>(null);
  const confirm = async () => {
    const made = await onRotate();
    if (!('secret' in made)) return made.message;
    setSecret(made.secret);
    return null;
  };
  if (secret) return <SecretDialog what="secret" name={name} text={secret} onClose={onClose} />;
  return (
    <ConfirmDialog title={`Rotate “${name}”?`} action="Rotate" onConfirm={confirm} onClose={onClose}>
      {children}
    </ConfirmDialog>
  );
}
