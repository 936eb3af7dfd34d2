import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

type Undoable = { toast: string; undo: () => Promise<unknown> };

let last: Undoable | null = null;

export const say = (message: string): string => notifications.show({ message, color: 'teal' });

/** Red is for what needs a person: an action that did not happen. */
export const sayProblem = (message: string): string =>
  notifications.show({ title: 'That did not work', message, color: 'red', autoClose: 10_000 });

/** What was said and could be undone belongs to whoever was signed in. */
export function forgetAll(): void {
  last = null;
  notifications.clean();
}

/** Tells what was done and offers to take it back, by button or by the undo key. */
export function sayDone(message: string, undo: () => Promise<unknown>): void {
  const toast = notifications.show({
    color: 'teal',
    autoClose: 8_000,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button size="compact-sm" variant="default" flex="none" onClick={() => void undoLast()}>
          Undo
        </Button>
      </Group>
    ),
  });
  last = { toast, undo };
}

/** Takes the last action back; says so when there is none. */
export async function undoLast(): Promise<void> {
  if (!last) {
    say('Nothing to undo.');
    return;
  }
  const { toast, undo } = last;
  last = null;
  notifications.hide(toast);
  await undo();
}
