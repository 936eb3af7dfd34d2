import { Skeleton } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { graphql, type ResultOf } from '@/graphql/tada';
import { formatShare, plural } from '@/lib/format';
import { Sparkline } from '@/ui/chart/Sparkline';
import classes from './payersWatched.module.css';

const PayersWatchedQuery = graphql(`
  query PayersWatched {
    payers(orderBy: CLAIMS_DESC, first: 50) {
      totalCount
      items {
        id
        name
        openAlerts
        summary {
          denialRate
          weekly {
            week
            denialRate
          }
        }
      }
    }
  }
`);

type WatchedPayer = NonNullable<ResultOf<typeof PayersWatchedQuery>['payers']>['items'][number];

/** Every payer at a glance, those that changed first: a quiet one is seen to be fine, not just absent. */
export function PayersWatched() {
  const [{ data, error }] = useQuery({ query: PayersWatchedQuery });
  const items = data?.payers?.items;
  if (error && !items) return null; // the list below tells of the failure
  if (items?.length === 0) return null;
  const changed = items?.filter(({ openAlerts }) => openAlerts !== null && openAlerts > 0) ?? [];
  const quiet = items?.filter(({ openAlerts }) => openAlerts === 0) ?? [];
  const total = data?.payers?.totalCount ?? 0;

  return (
    <section className={classes.strip} aria-labelledby="payers-watched">
      <h2 className={classes.title} id="payers-watched">
        {items ? (
          <>
            {plural(total, 'payer')} watched
            <span className={classes.tally}>
              {changed.length > 0 ? `${changed.length} changed, ` : 'none changed, '}
              {quiet.length} quiet
            </span>
          </>
        ) : (
          'Payers watched'
        )}
      </h2>
      <ul className={classes.payers}>
        {items
          ? [...changed, ...quiet].map((payer) => <PayerTile key={payer.id} payer={payer} />)
          : [1, 2, 3, 4, 5].map((tile) => (
              <li key={tile}>
                <Skeleton height={72} width={204} radius={10} />
              </li>
            ))}
      </ul>
    </section>
  );
}

function PayerTile({ payer: { id, name, openAlerts, summary } }: { payer: WatchedPayer }) {
  const alerts = openAlerts ?? 0;
  return (
    <li>
      <Link
        to="/payers/$payerId"
        params={{ payerId: id }}
        className={classes.tile}
        data-changed={alerts > 0 || undefined}
      >
        <span className={classes.name}>{name}</span>
        <span className={classes.status}>
          {alerts > 0 ? (
            plural(alerts, 'open alert')
          ) : (
            <>
              <IconCircleCheck size={14} aria-hidden="true" /> quiet
            </>
          )}
        </span>
        <span className={classes.rate}>{summary.denialRate === null ? '' : formatShare(summary.denialRate)}</span>
        <Sparkline values={summary.weekly.map((week) => week.denialRate)} width={44} height={22} />
      </Link>
    </li>
  );
}
