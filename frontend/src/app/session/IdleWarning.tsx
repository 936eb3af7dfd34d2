import { Button, Group, Modal, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { type Idleness, touch, watchIdleness } from './idle';
import { useSession } from './SessionContext';

const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** Warns two minutes before a person is signed out for want of activity; one action extends, in every tab. */
export function IdleWarning() {
  const session = useSession();
  const [idle, setIdle] = useState<Idleness>({ phase: 'active' });

  useEffect(
    () =>
      watchIdleness((now) => {
        if (now.phase === 'over') void session.signOut('idle');
        else setIdle((before) => (before.phase === 'active' && now.phase === 'active' ? before : now));
      }),
    [session],
  );

  const stay = () => {
    touch();
    setIdle({ phase: 'active' });
    void session.refresh().catch(() => undefined); // a failed renewal is tried again by the next request
  };

  return (
    <Modal opened={idle.phase === 'warning'} onClose={stay} title="Still there?" centered>
      <Text>
        You will be signed out in{' '}
        <Text component="strong" className="figures" fw={600}>
          {idle.phase === 'warning' ? clock(idle.secondsLeft) : ''}
        </Text>{' '}
        because nothing has been touched for a while. What you have typed is kept.
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => void session.signOut('signed-out')}>
          Sign out
        </Button>
        <Button onClick={stay} data-autofocus>
          Stay signed in
        </Button>
      </Group>
    </Modal>
  );
}
