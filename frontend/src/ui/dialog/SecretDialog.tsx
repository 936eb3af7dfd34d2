import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useRef, useState } from 'react';

type SecretDialogProps = { what?: 'key' | 'secret'; name: string; text: string; onClose: () => void };

/** A key or a secret, which nobody can ask for again: closing takes a button, not a click beside it. */
export function SecretDialog({ what = 'key', name, text, onClose }: SecretDialogProps) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // Not allowed here; the key stands selected, to be copied by hand.
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={`The ${what} for ${name}`}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="sm">
        <TextInput
          ref={field}
          label={what === 'key' ? 'Service key' : 'Secret'}
          description={`Put it into the system now: it is shown this once${what === 'key' ? ', and kept nowhere' : ''}.`}
          value={text}
          readOnly
          spellCheck={false}
          autoComplete="off"
          data-autofocus
          onFocus={(focused) => focused.currentTarget.select()}
        />
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            leftSection={copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
            onClick={() => void copy()}
          >
            {copied ? 'Copied' : 'Copy'}
          </Button>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
