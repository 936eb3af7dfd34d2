import { Button, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useQuery } from 'urql';
import { passkeysWork } from '@/app/session/SessionContext';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { Problem } from '@/graphql/problem';
import type { ResultOf } from '@/graphql/tada';
import { formatMoment, formatRelative } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { AddPasskey } from './AddPasskey';
import classes from './account.module.css';
import { PasskeysQuery } from './documents';
import { SureDialog } from './SureDialog';
import { usePasskeys } from './usePasskeys';

type Passkey = NonNullable<ResultOf<typeof PasskeysQuery>['passkeys']>[number];

/** The devices that sign one in without a password, and what may be done about them. */
export function PasskeysCard() {
  const [open, setOpen] = useState<{ what: 'add' } | { what: 'rename' | 'remove'; passkey: Passkey } | null>(null);
  const [{ data, error }, ask] = useQuery({ query: PasskeysQuery });
  const { remove } = usePasskeys();
  const passkeys = data?.passkeys;
  const close = () => setOpen(null);
  const possible = passkeysWork();
  return (
    <Card title="Passkeys" note="Sign in with finger, face or PIN, in the place of password and code">
      {passkeys ? (
        <>
          {passkeys.length ? (
            <ul className={classes.sessions} aria-label="Passkeys">
              {passkeys.map((passkey) => (
                <li key={passkey.id}>
                  <div className={classes.what}>
                    <span className={classes.kind}>{passkey.name}</span>
                    <span className={classes.when}>
                      added {formatMoment(passkey.createdAt)} ·{' '}
                      {passkey.lastUsedAt ? `last used ${formatRelative(passkey.lastUsedAt)}` : 'never used'}
                    </span>
                  </div>
                  <Group gap={6} wrap="nowrap">
                    <Button
                      variant="default"
                      size="compact-sm"
                      aria-label={`Rename ${passkey.name}`}
                      onClick={() => setOpen({ what: 'rename', passkey })}
                    >
                      Rename
                    </Button>
                    <Button
                      variant="default"
                      size="compact-sm"
                      aria-label={`Remove ${passkey.name}`}
                      onClick={() => setOpen({ what: 'remove', passkey })}
                    >
                      Remove
                    </Button>
                  </Group>
                </li>
              ))}
            </ul>
          ) : (
            <Text size="sm">None yet. A passkey cannot be guessed, told to somebody or typed into a false page.</Text>
          )}
          {possible ? (
            <Button mt="sm" variant={passkeys.length ? 'default' : 'filled'} onClick={() => setOpen({ what: 'add' })}>
              Add a passkey
            </Button>
          ) : (
            <p className={classes.left}>This browser has no passkeys. Add one in another browser.</p>
          )}
        </>
      ) : error ? (
        <ErrorNotice
          what="your passkeys"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={70} radius={8} />
      )}
      {open?.what === 'add' ? <AddDialog onClose={close} /> : null}
      {open?.what === 'rename' ? <RenameDialog passkey={open.passkey} onClose={close} /> : null}
      {open?.what === 'remove' ? (
        <SureDialog
          title={`Remove ${open.passkey.name}?`}
          about="It signs you in no more, from this moment on. Delete it on the device as well."
          action="Remove"
          color="red"
          onClose={close}
          onSure={async () => {
            const problem = await remove(open.passkey.id);
            if (problem) return problem;
            say('The passkey is removed.');
            close();
            return null;
          }}
        />
      ) : null}
    </Card>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const [codes, setCodes] = useState(false);
  const done = () => {
    say('The passkey signs you in from now on.');
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={codes ? 'Your recovery codes' : 'Add a passkey'}
      size="md"
      closeOnClickOutside={false}
      closeOnEscape={!codes}
      withCloseButton={!codes}
    >
      <AddPasskey onCodes={() => setCodes(true)} onDone={done} onCancel={onClose} />
    </Modal>
  );
}

function RenameDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  useReturnFocus();
  const { rename } = usePasskeys();
  const [name, setName] = useState(passkey.name);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    if (!name.trim()) return setProblem({ field: 'name', message: 'Say which device holds it.' });
    setBusy(true);
    const found = await rename(passkey.id, name.trim());
    setBusy(false);
    if (found) setProblem(found);
    else onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Rename ${passkey.name}`} size="sm">
      <form onSubmit={(submitted) => void submit(submitted)} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Name"
            maxLength={80}
            data-autofocus
            value={name}
            error={problem?.message}
            onChange={(change) => setName(change.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Rename
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
