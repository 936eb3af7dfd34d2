import { Button } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { formatRelative } from '@/lib/format';
import { useStore } from '@/lib/store';
import { Notice } from '@/ui/state/Notice';
import classes from './explore.module.css';
import type { useHistory } from './history';

type HistoryPanelProps = { history: ReturnType<typeof useHistory>; onOpen: (text: string) => void };

/** What was run on this device, the last first. */
export function HistoryPanel({ history, onOpen }: HistoryPanelProps) {
  const past = useStore(history);
  if (past.length === 0) {
    return (
      <Notice icon={<IconHistory size={28} />} title="Nothing run yet">
        Queries you run are kept here, on this device alone: without their answers, their variables and what stands in
        quotes.
      </Notice>
    );
  }
  return (
    <>
      <ul className={classes.list} aria-label="History">
        {past.map(({ text, at }) => (
          <li key={`${at} ${text}`}>
            <button type="button" className={classes.item} onClick={() => onOpen(text)}>
              <code className={classes.code}>{text.replaceAll(/\s+/g, ' ').slice(0, 120)}</code>
              <span className={classes.words}>{formatRelative(at)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Button size="compact-sm" variant="subtle" color="gray" mt="sm" onClick={() => history.clear()}>
        Clear the history
      </Button>
    </>
  );
}
