import { Badge, Button, Progress } from '@mantine/core';
import { IconDownload, IconRefresh } from '@tabler/icons-react';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { ExportFragment } from './documents';
import classes from './exportLine.module.css';
import { exportPhase, exportStatus } from './status';
import { useExports } from './useExports';

/** One export in the tray and on its page: what it is, where it stands, and the one thing to do about it. */
export function ExportLine({ data }: { data: FragmentOf<typeof ExportFragment> }) {
  const item = readFragment(ExportFragment, data);
  const { open, retry } = useExports();
  const phase = exportPhase(item);
  const { progressDone, progressTotal } = item.job;
  return (
    <div className={classes.line}>
      <div className={classes.text}>
        <span className={classes.title}>
          {item.title}
          {item.includesPhi ? (
            <Badge size="xs" color="orange" variant="light" ml={6}>
              with PHI
            </Badge>
          ) : null}
        </span>
        <span className={phase === 'failed' ? classes.failed : classes.status}>{exportStatus(item)}</span>
        {phase === 'running' || phase === 'queued' ? (
          <Progress
            size="xs"
            mt={4}
            animated={!progressTotal}
            value={progressTotal ? (progressDone / progressTotal) * 100 : 100}
            aria-label={`Progress of ${item.title}`}
          />
        ) : null}
      </div>
      {phase === 'ready' ? (
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconDownload size={14} />}
          onClick={() => void open(item.id)}
        >
          Download
        </Button>
      ) : null}
      {phase === 'failed' || phase === 'expired' ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconRefresh size={14} />}
          onClick={() => void retry(item.id)}
        >
          {phase === 'failed' ? 'Retry' : 'Make again'}
        </Button>
      ) : null}
    </div>
  );
}
