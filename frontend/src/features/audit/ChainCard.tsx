import { Button } from '@mantine/core';
import { IconLink, IconLinkOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useClient } from 'urql';
import { explain } from '@/graphql/failure';
import { formatCount, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import classes from './audit.module.css';
import { AuditChainQuery } from './documents';

type State =
  | { at: 'start' }
  | { at: 'checking'; through: number; last: number }
  | { at: 'done'; last: number; breaks: string[]; count: number }
  | { at: 'failed'; message: string };

const BREAKS_SHOWN = 10;

/** Whether anything in the trail was edited, removed or moved; checked when somebody asks, stretch by stretch. */
export function ChainCard() {
  const client = useClient();
  const [state, setState] = useState<State>({ at: 'start' });

  const check = async () => {
    setState({ at: 'checking', through: 0, last: 0 });
    const breaks: string[] = [];
    let start = 1;
    let count = 0;
    let last: number;
    do {
      const { data, error } = await client.query(AuditChainQuery, { start }, { requestPolicy: 'network-only' });
      const stretch = data?.auditChain;
      if (error || !stretch) {
        setState({ at: 'failed', message: error ? explain(error).message : 'The server did not answer. Try again.' });
        return;
      }
      breaks.push(...stretch.breaks);
      count += stretch.breakCount;
      last = stretch.through;
      setState({ at: 'checking', through: stretch.through, last: stretch.last });
      start = stretch.through < stretch.last ? stretch.through + 1 : 0;
    } while (start > 0);
    setState({ at: 'done', last, breaks: breaks.slice(0, BREAKS_SHOWN), count });
  };

  return (
    <Card
      title="Is the trail whole?"
      note="Each event is sealed with the one before it, so that a later change shows."
      aside={
        <Button variant="default" loading={state.at === 'checking'} onClick={() => void check()}>
          {state.at === 'start' ? 'Check' : 'Check again'}
        </Button>
      }
    >
      <div role="status">
        {state.at === 'checking' && state.last > 0 ? (
          <p className={classes.said}>
            {formatCount(state.through)} of {formatCount(state.last)} events checked
          </p>
        ) : null}
        {state.at === 'done' ? <Result {...state} /> : null}
        {state.at === 'failed' ? <p className={classes.broken}>{state.message}</p> : null}
      </div>
    </Card>
  );
}

function Result({ last, breaks, count }: { last: number; breaks: string[]; count: number }) {
  if (count === 0) {
    return (
      <p className={classes.said}>
        <IconLink size={17} aria-hidden="true" /> Whole: none of {plural(last, 'event')} was edited, removed or moved.
      </p>
    );
  }
  return (
    <>
      <p className={classes.broken}>
        <IconLinkOff size={17} aria-hidden="true" /> Broken in {plural(count, 'place')}. Tell whoever runs the server.
      </p>
      <ul className={classes.breaks}>
        {breaks.map((sentence) => (
          <li key={sentence}>{sentence.charAt(0).toUpperCase() + sentence.slice(1)}</li>
        ))}
        {count > breaks.length ? <li>And {formatCount(count - breaks.length)} more</li> : null}
      </ul>
    </>
  );
}
