import { Button, Group } from '@mantine/core';
import { useState } from 'react';

/** Cursors of the pages gone through, the page at hand last. */
export type Cursors = (string | null)[];

export const useCursors = () => useState<Cursors>([null]);

/** One page back or on, in a list within a page; nothing where there is only one. */
export function Steps({
  cursors,
  onStep,
  info,
}: {
  cursors: Cursors;
  onStep: (cursors: Cursors) => void;
  info: { hasNextPage: boolean; endCursor: string | null };
}) {
  if (cursors.length === 1 && !info.hasNextPage) return null;
  return (
    <Group justify="flex-end" gap="xs" mt="sm">
      <Button
        size="compact-sm"
        variant="default"
        disabled={cursors.length === 1}
        onClick={() => onStep(cursors.slice(0, -1))}
      >
        Previous
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        disabled={!info.hasNextPage}
        onClick={() => onStep([...cursors, info.endCursor])}
      >
        Next
      </Button>
    </Group>
  );
}
