import { Button, Checkbox, Group, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { say } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { formatCount, plural } from '@/lib/format';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { MendRow, RejectedRowQuery } from './documents';
import classes from './mending.module.css';

type Found = NonNullable<ResultOf<typeof RejectedRowQuery>['rejectedRow']>;
type Faults = readonly { field: string | null; message: string }[];

type MendDialogProps = { rowId: string; lineNumber: number; onClose: () => void };

/** A rejected row with its cells to be mended; it closes when the row is read. */
export function MendDialog({ rowId, lineNumber, onClose }: MendDialogProps) {
  const [{ data, error }, ask] = useQuery({
    query: RejectedRowQuery,
    variables: { id: rowId },
    // Whoever opens it must see the row as it stands, and every reading is written down.
    requestPolicy: 'network-only',
  });
  const [started, setStarted] = useState<Found | null>(null);
  // What is being typed must not be replaced by an answer that comes later.
  const found = started ?? data?.rejectedRow;
  if (!started && data?.rejectedRow) setStarted(data.rejectedRow);
  return (
    <Modal opened onClose={onClose} title={`Mend line ${formatCount(lineNumber)}`} size="lg">
      {found ? (
        found.hindrance ? (
          <Text size="sm">{found.hindrance}</Text>
        ) : (
          <MendForm rowId={rowId} found={found} onClose={onClose} />
        )
      ) : error ? (
        <ErrorNotice what="the row" failure={explain(error)} onRetry={() => ask({ requestPolicy: 'network-only' })} />
      ) : (
        <Skeleton height={320} radius={8} />
      )}
    </Modal>
  );
}

function MendForm({ rowId, found, onClose }: { rowId: string; found: Found; onClose: () => void }) {
  const [, mendRow] = useMutation(MendRow);
  const [texts, setTexts] = useState(() => found.cells.map(({ text }) => text));
  const [everywhere, setEverywhere] = useState<readonly number[]>([]);
  const [faults, setFaults] = useState<Faults>(() => faultsOf(found));
  const [busy, setBusy] = useState(false);

  const shownFields = new Set(found.cells.map(({ field }) => field).filter(Boolean));
  const ofRow = faults.filter(({ field }) => !field || !shownFields.has(field));
  const faulty = (field: string) => field !== '' && faults.some((each) => each.field === field);
  // Faulty cells first; they keep their place while they are being mended.
  const [order] = useState(() =>
    found.cells.map((_, place) => place).sort((a, b) => rank(found, a) - rank(found, b) || a - b),
  );

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const answer = await mendRow({ id: rowId, cells: texts, everywhere: [...everywhere] });
    setBusy(false);
    const told = answer.data?.mendRow;
    const refusal: Faults = answer.error
      ? [{ field: null, message: explain(answer.error).message }]
      : (told?.errors ?? []);
    if (refusal.length > 0 || !told) return setFaults(refusal);
    say(
      `${plural(told.mended, 'row')} mended${told.left > 0 ? `; ${formatCount(told.left)} with the same text still wait` : ''}.`,
    );
    onClose();
  };

  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack gap="sm">
        {ofRow.map(({ message }) => (
          <p key={message} className={classes.problem} role="alert">
            {message}
          </p>
        ))}
        {order.map((place, index) => {
          const cell = found.cells[place];
          if (!cell) return null;
          const messages = faulty(cell.field)
            ? faults.filter(({ field }) => field === cell.field).map(({ message }) => message)
            : [];
          return (
            <div key={place} className={classes.cell}>
              <TextInput
                label={cell.name || `Cell ${place + 1}, without a heading`}
                value={texts[place] ?? ''}
                data-autofocus={index === 0 || undefined}
                error={messages.length > 0 ? messages.join(' ') : undefined}
                onChange={({ currentTarget: { value } }) =>
                  setTexts((before) => before.map((text, at) => (at === place ? value : text)))
                }
              />
              {cell.alike > 1 ? (
                <Checkbox
                  mt={6}
                  size="xs"
                  label={`Change it in all ${formatCount(cell.alike)} rows ${cell.text.trim() ? `with “${cell.text.trim().slice(0, 40)}”` : 'with nothing'} in this column`}
                  checked={everywhere.includes(place)}
                  onChange={({ currentTarget: { checked } }) =>
                    setEverywhere((before) =>
                      checked ? [...before, place] : before.filter((column) => column !== place),
                    )
                  }
                />
              ) : null}
            </div>
          );
        })}
        <Group justify="flex-end" gap="xs" className={classes.actions}>
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button type="submit" loading={busy}>
            Read it again
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function faultsOf(found: Found): Faults {
  const told = found.cells.flatMap(({ field, faults }) => faults.map((message) => ({ field, message })));
  return told.length > 0 ? told : [{ field: null, message: found.row.message }];
}

const rank = (found: Found, place: number) => (found.cells[place]?.faults.length ? 0 : 1);
