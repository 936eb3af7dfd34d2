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
import { ProveDialog } from './ProveDialog';
import { RecoveryCodes } from './RecoveryCodes';
import { SetUp } from './SetUp';
import { useSecondFactor } from './useSecondFactor';

const FEW = 3;

/** Whether signing in takes a code, and what may be done about it. */
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
    <Card title="Second factor" note="A code from an app on your phone, asked for after the password">
      {factor ? (
        factor.since ? (
          <>
            <Text size="sm">On since {formatMoment(factor.since)}.</Text>
            <p className={factor.recoveryCodesLeft < FEW ? classes.few : classes.left}>
              {factor.recoveryCodesLeft === 0
                ? 'No recovery code is left. Make new ones.'
                : `${plural(factor.recoveryCodesLeft, 'recovery code')} left.`}
            </p>
            <Group gap="xs" mt="sm">
              <Button variant="default" onClick={() => setOpen('renew')}>
                New recovery codes
              </Button>
              <Button variant="default" onClick={() => setOpen('off')}>
                Turn off
              </Button>
            </Group>
          </>
        ) : (
          <>
            <Text size="sm">Off. Your password alone signs you in.</Text>
            <Button mt="sm" onClick={() => setOpen('set-up')}>
              Set up
            </Button>
          </>
        )
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
    say('From now on signing in takes a code as well.');
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={connected ? 'Your recovery codes' : 'Set up a second factor'}
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
    <ProveDialog
      title="New recovery codes"
      about="Those you have now stop working."
      action="Make new codes"
      onClose={onClose}
      onProved={async (proof) => {
        const made = await renew(proof);
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
    <ProveDialog
      title="Turn the second factor off?"
      about="From then on your password alone signs you in. Your recovery codes stop working."
      action="Turn off"
      color="red"
      onClose={onClose}
      onProved={async (proof) => {
        const problem = await turnOff(proof);
        if (problem) return problem;
        say('The second factor is off.');
        onClose();
        return null;
      }}
    />
  );
}
