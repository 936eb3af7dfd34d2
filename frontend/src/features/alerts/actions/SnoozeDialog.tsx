import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { addDays, nextMonday, today } from '@/lib/dates';
import { formatDate, plural } from '@/lib/format';
import { useReturnFocus } from '@/ui/useReturnFocus';

type SnoozeDialogProps = { count: number; onSnooze: (until: string) => void; onClose: () => void };

/** Until when an alert should keep quiet. */
export default function SnoozeDialog({ count, onSnooze, onClose }: SnoozeDialogProps) {
  useReturnFocus();
  const now = today();
  const [until, setUntil] = useState('');
  const choices = [
    { label: 'Next Monday', date: nextMonday(now) },
    { label: 'In two weeks', date: addDays(now, 14) },
    { label: 'In a month', date: addDays(now, 30) },
  ];
  const choose = (date: string) => {
    onSnooze(date);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Snooze ${count === 1 ? 'this alert' : plural(count, 'alert')} until`}
      size="sm"
    >
      <Stack gap="xs">
        {choices.map(({ label, date }, index) => (
          <Button
            key={label}
            variant="default"
            justify="space-between"
            rightSection={<span className="figures">{formatDate(date)}</span>}
            onClick={() => choose(date)}
            data-autofocus={index === 0 || undefined}
          >
            {label}
          </Button>
        ))}
        <Group align="flex-end" wrap="nowrap" gap="xs">
          <TextInput
            type="date"
            label="Or a day of your choice"
            min={addDays(now, 1)}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
            flex={1}
          />
          <Button disabled={until <= now} onClick={() => choose(until)}>
            Snooze
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
