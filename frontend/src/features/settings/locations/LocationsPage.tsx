import { Button, Group, Skeleton } from '@mantine/core';
import { IconMapPin } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import { formatCount, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { Regrouping } from '../Regrouping';
import { SettingsTabs } from '../SettingsTabs';
import { LocationsQuery } from './documents';
import classes from './locations.module.css';
import { MergeDialog } from './MergeDialog';
import { type Location, type Suggestion, useLocationActions } from './useLocationActions';

/** Where care was given, by the names that files use: which of them are one place. */
export function LocationsPage() {
  const mayWrite = usePermission('PAYERS_WRITE');
  const [{ data, error }, ask] = useQuery({ query: LocationsQuery, requestPolicy: 'cache-and-network' });
  const [merging, setMerging] = useState<Location | null>(null);
  const again = useCallback(() => ask({ requestPolicy: 'network-only' }), [ask]);
  const locations = data?.locations;
  const alone = locations?.length === 1;
  const columns = useMemo<Column<Location>[]>(() => {
    const known: Column<Location>[] = [
      { id: 'name', header: 'Location', wrap: true, cell: (location) => <Names location={location} /> },
      { id: 'claims', header: 'Claims', numeric: true, cell: ({ claims }) => formatCount(claims) },
    ];
    if (!mayWrite || alone) return known;
    const merge: Column<Location> = {
      id: 'actions',
      header: 'Actions',
      cell: (location) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Same as… ${location.name}`}
          onClick={() => setMerging(location)}
        >
          Same as…
        </Button>
      ),
    };
    return [...known, merge];
  }, [mayWrite, alone]);

  return (
    <Page title="Locations" lead="Where care was given, by the names that files use">
      <SettingsTabs />
      <Regrouping onDone={again} />
      {mayWrite ? <Suggestions pairs={data?.locationSuggestions ?? []} /> : null}
      {locations ? (
        locations.length > 0 ? (
          <DataTable caption="Locations" columns={columns} rows={locations} rowKey={({ name }) => name} />
        ) : (
          <Notice
            icon={<IconMapPin size={32} />}
            title="No locations yet"
            action={<LinkButton to="/uploads">Upload claims</LinkButton>}
          >
            Locations appear with the first claims that name one.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice what="the locations" failure={explain(error)} onRetry={again} />
      ) : (
        <Skeleton height={320} radius={10} />
      )}
      {mayWrite ? null : (
        <p className={classes.reads}>Your role reads the locations; owners and administrators make them one.</p>
      )}
      {merging ? (
        <MergeDialog
          location={merging}
          others={(locations ?? []).filter(({ name }) => name !== merging.name)}
          onClose={() => setMerging(null)}
        />
      ) : null}
    </Page>
  );
}

function Names({ location: { name, names } }: { location: Location }) {
  const mayWrite = usePermission('PAYERS_WRITE');
  const { part } = useLocationActions();
  return (
    <>
      <span className={classes.name}>{name}</span>
      {names.length > 0 ? (
        <ul className={classes.names} aria-label={`Other names of ${name}`}>
          {names.map(({ alias, means }) => (
            <li key={alias}>
              also {alias}
              {mayWrite ? (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  aria-label={`Part ${alias}`}
                  onClick={() => void part(alias, means)}
                >
                  Part
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Suggestions({ pairs }: { pairs: readonly Suggestion[] }) {
  const { merge, keepApart } = useLocationActions();
  if (pairs.length === 0) return null;
  const mergeThem = async (name: string, into: string) => {
    const problem = await merge(name, into);
    if (problem) sayProblem(problem);
  };
  return (
    <div className={classes.suggestions}>
      <Card
        title="Probably one place under two names"
        note="Claims of both, of the past too, go to the one that is kept"
      >
        <ul className={classes.pairs}>
          {pairs.map(({ location, other }) => {
            const [kept, gone] = location.claims >= other.claims ? [location, other] : [other, location];
            return (
              <li key={`${kept.name}\n${gone.name}`}>
                <span className={classes.name}>{kept.name}</span> ({plural(kept.claims, 'claim')}) and{' '}
                <span className={classes.name}>{gone.name}</span> ({plural(gone.claims, 'claim')})
                <Group gap="xs" mt={6}>
                  <Button size="compact-sm" variant="default" onClick={() => void mergeThem(gone.name, kept.name)}>
                    Make them {kept.name}
                  </Button>
                  <Button size="compact-sm" variant="subtle" onClick={() => void keepApart(kept.name, gone.name)}>
                    They are two
                  </Button>
                </Group>
              </li>
            );
          })}
        </ul>
      </Card>
    </div>
  );
}
