import { Button, Group, Modal, Skeleton, Text } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { formatMoment, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import classes from './account.module.css';
import { SecondFactorQuery } from './documents';
import { RecoveryCodes } from './RecoveryCodes';
import { SetUp } from './SetUp';
import { SureDialog } from './SureDialog';
import { useSecondFactor } from './useSecondFactor';

const FEW = 3;

/** The authenticator app and the recovery codes, and what may be done about them. */
export function SecondFactorCard() {
  const [open, setOpen] = useState<'set-up' | 'renew' | 'off' | null>(null);
  const [{ data, error }, ask] = useQuery({ query: SecondFactorQuery });
  const factor = data?.secondFactor;
  const again = () => ask({ requestPolicy: 'network-only' });
  const close = () => {
    setOpen(null);
    again();
  };
  return (
    <Card title="Authenticator app" note="A code from an app on your phone, asked for after the password">
      {factor ? (
        <>
          <Text size="sm">
            {factor.appSince
              ? `On since ${formatMoment(factor.appSince)}.`
              : factor.since
                ? 'Off. After your password comes a passkey.'
                : 'Off. Your password alone signs you in.'}
          </Text>
          {factor.since ? (
            <p className={factor.recoveryCodesLeft < FEW ? classes.few : classes.left}>
              {factor.recoveryCodesLeft === 0
                ? 'No recovery code is left. Make new ones.'
                : `${plural(factor.recoveryCodesLeft, 'recovery code')} left.`}
            </p>
          ) : null}
          <Group gap="xs" mt="sm">
            {factor.appSince ? null : (
              <Button variant={factor.since ? 'default' : 'filled'} onClick={() => setOpen('set-up')}>
                Set up
              </Button>
            )}
            {factor.since ? (
              <Button variant="default" onClick={() => setOpen('renew')}>
                New recovery codes
              </Button>
            ) : null}
            {factor.appSince ? (
              <Button variant="default" onClick={() => setOpen('off')}>
                Turn off
              </Button>
            ) : null}
          </Group>
        </>
      ) : error ? (
        <ErrorNotice what="your second factor" failure={explain(error)} onRetry={again} />
      ) : (
        <Skeleton height={70} radius={8} />
      )}
      {open === 'set-up' ? <SetUpDialog onClose={close} /> : null}
      {open === 'renew' ? <RenewDialog onClose={close} /> : null}
      {open === 'off' ? <TurnOffDialog onClose={close} /> : null}
    </Card>
  );
}

function SetUpDialog({ onClose }: { onClose: () => void }) {
  const [connected, setConnected] = useState(false);
  const done = () => {
    say('After your password comes a code from now on.');
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={connected ? 'Your recovery codes' : 'Set up an authenticator app'}
      size="md"
      closeOnClickOutside={false}
      closeOnEscape={!connected}
      withCloseButton={!connected}
    >
      <SetUp onConnected={() => setConnected(true)} onDone={done} onCancel={onClose} />
    </Modal>
  );
}

function RenewDialog({ onClose }: { onClose: () => void }) {
  const { renew } = useSecondFactor();
  const [codes, setCodes] = useState<string[] | null>(null);
  if (codes) {
    return (
      <Modal
        opened
        onClose={onClose}
        title="Your recovery codes"
        size="md"
        closeOnClickOutside={false}
        closeOnEscape={false}
        withCloseButton={false}
      >
        <RecoveryCodes codes={codes} onDone={onClose} />
      </Modal>
    );
  }
  return (
    <SureDialog
      title="New recovery codes"
      about="Those you have now stop working."
      action="Make new codes"
      onClose={onClose}
      onSure={async () => {
        const made = await renew();
        if ('message' in made) return made;
        setCodes(made);
        return null;
      }}
    />
  );
}

function TurnOffDialog({ onClose }: { onClose: () => void }) {
  const { turnOff } = useSecondFactor();
  return (
    <SureDialog
      title="Turn the authenticator app off?"
      about="Its codes stop working. Without a passkey your password alone signs you in then, and your recovery codes stop working too."
      action="Turn off"
      color="red"
      onClose={onClose}
      onSure={async () => {
        const problem = await turnOff();
        if (problem) return problem;
        say('The authenticator app is off.');
        onClose();
        return null;
      }}
    />
  );
}
