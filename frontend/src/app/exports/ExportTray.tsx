import { ActionIcon, Popover, Text } from '@mantine/core';
import { IconFileDownload } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useQuery } from 'urql';
import { say } from '@/app/undo/undo';
import { useRenewal } from '@/graphql/useRenewal';
import { usePolling } from '@/lib/usePolling';
import { TextLink } from '@/ui/LinkButton';
import { ExportsQuery } from './documents';
import { ExportLine } from './ExportLine';
import { isActive } from './status';
import classes from './tray.module.css';

const SHOWN = 8;

/** The latest exports, always within reach. They come from the server, so a reload loses nothing. */
export function ExportTray() {
  const variables = { first: SHOWN, after: null };
  const [{ data }, ask] = useQuery({ query: ExportsQuery, variables });
  const renew = useRenewal(ExportsQuery, variables, ask);
  const items = data?.exports?.items ?? [];
  const active = items.filter((item) => isActive(item.job.state)).length;
  usePolling(active > 0, renew);
  useAnnouncements(items);

  const label = active > 0 ? `Exports, ${active} being made` : 'Exports';
  return (
    <Popover position="bottom-end" width="min(380px, calc(100vw - 24px))" shadow="md" trapFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} className={classes.target}>
          <IconFileDownload size={20} stroke={1.7} />
          {active > 0 ? <span className={classes.count}>{active}</span> : null}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown p="sm" aria-label="Latest exports">
        <div className={classes.head}>
          <strong>Exports</strong>
          <TextLink to="/exports" size="sm">
            All exports
          </TextLink>
        </div>
        {items.length === 0 ? (
          <Text size="sm" c="dimmed" py="sm">
            Nothing here yet. PDFs and workbooks you ask for wait here until they are downloaded or expire.
          </Text>
        ) : (
          <div className={classes.items}>
            {items.map((item) => (
              <ExportLine key={item.id} data={item} />
            ))}
          </div>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

type Announced = { id: string; title: string; job: { state: string } };

/** Says once when an export that was under way has become ready. */
function useAnnouncements(items: readonly Announced[]) {
  const underWay = useRef(new Set<string>());
  useEffect(() => {
    for (const { id, title, job } of items) {
      if (job.state === 'QUEUED' || job.state === 'RUNNING') underWay.current.add(id);
      else if (underWay.current.delete(id) && job.state === 'SUCCEEDED') say(`“${title}” is ready to download.`);
    }
  }, [items]);
}
