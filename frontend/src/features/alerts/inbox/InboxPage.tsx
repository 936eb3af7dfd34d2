import { Skeleton } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { usePermission, useViewer } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { formatDate, plural } from '@/lib/format';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Pager } from '@/ui/table/Pager';
import { InboxCountsQuery, InboxQuery } from '../documents';
import { countVariables, inboxVariables, PAGE_SIZE } from '../filters';
import { AlertList } from './AlertList';
import { InboxEmpty } from './InboxEmpty';
import { InboxFilters } from './InboxFilters';
import classes from './inbox.module.css';
import { PayersWatched } from './PayersWatched';
import { WaitingSignals } from './WaitingSignals';

const route = getRouteApi('/inbox');
const NO_BREAK_SPACE = '\u00a0';
const SKELETON_ROWS = [1, 2, 3, 4, 5, 6];

/** A filter that hides every open alert must not say that all is well. */
const toDecide = (open: number, filtered: boolean): string =>
  open > 0
    ? `${plural(open, 'alert')} to decide on`
    : filtered
      ? 'Nothing that fits these filters needs a decision'
      : 'Nothing needs a decision';

export function InboxPage() {
  const search = route.useSearch();
  const { organization } = useViewer();
  const seesPayers = usePermission('PAYERS_READ');
  const [{ data, error, stale }, ask] = useQuery({ query: InboxQuery, variables: inboxVariables(search) });
  const [{ data: counts }] = useQuery({ query: InboxCountsQuery, variables: countVariables(search) });
  const page = data?.alerts;
  const open = counts?.OPEN?.totalCount;
  const filtered = Boolean(search.kind || search.payer || search.q);

  return (
    <Page
      title="Inbox"
      lead={
        <>
          <span className={classes.leadPart}>{open === undefined ? NO_BREAK_SPACE : toDecide(open, filtered)}</span>
          {organization.dataThrough ? (
            <>
              <span className={classes.leadDot}> · </span>
              <span className={classes.leadPart}>data through {formatDate(organization.dataThrough)}</span>
            </>
          ) : null}
        </>
      }
    >
      {seesPayers ? <PayersWatched /> : null}
      <InboxFilters search={search} counts={counts} />
      {page?.items.length === 0 || error ? null : (
        <div className={classes.columns} aria-hidden="true">
          <span>What changed</span>
          <span>How sure</span>
          <span>Money at stake</span>
        </div>
      )}
      {page ? (
        page.items.length > 0 ? (
          <>
            <AlertList items={page.items} search={search} busy={stale} />
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="alert"
            />
          </>
        ) : (
          <InboxEmpty search={search} allCount={counts?.ALL?.totalCount} />
        )
      ) : error ? (
        <ErrorNotice
          what="the alerts"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : data ? (
        <Notice icon={<IconCircleCheck size={32} />} title="No alerts to show" />
      ) : (
        <div className={classes.list} aria-hidden="true">
          {SKELETON_ROWS.map((row) => (
            <div key={row} className={classes.skeleton}>
              <Skeleton height={15} width="62%" />
              <Skeleton height={11} width="38%" mt={10} />
            </div>
          ))}
        </div>
      )}
      {page ? <WaitingSignals /> : null}
    </Page>
  );
}
