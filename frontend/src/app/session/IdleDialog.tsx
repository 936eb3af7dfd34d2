import { Button, Group, Modal, Text } from '@mantine/core';

type IdleDialogProps = { secondsLeft: number; onStay: () => void; onLeave: () => void };

const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/** The question of `IdleWarning`, in a file of its own, because few ever meet it. */
export default function IdleDialog({ secondsLeft, onStay, onLeave }: IdleDialogProps) {
  return (
    <Modal opened onClose={onStay} title="Still there?" centered>
      <Text>
        You will be signed out in{' '}
        <Text component="strong" className="figures" fw={600}>
          {clock(secondsLeft)}
        </Text>{' '}
        because nothing has been touched for a while. What you have typed is kept.
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onLeave}>
          Sign out
        </Button>
        <Button onClick={onStay} data-autofocus>
          Stay signed in
        </Button>
      </Group>
    </Modal>
  );
}
