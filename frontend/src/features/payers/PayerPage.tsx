import { Skeleton } from '@mantine/core';
import { IconChevronLeft, IconMapQuestion } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { formatCount, formatDate, formatDays, formatDollars, formatShare } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import { LinkButton } from '@/ui/LinkButton';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { PayerQuery } from './documents';
import { PayerNames } from './PayerNames';
import classes from './payers.module.css';
import { WeeklyDenials } from './WeeklyDenials';

const route = getRouteApi('/payers/$payerId');

type Answer = ResultOf<typeof PayerQuery>;

export function PayerPage() {
  const { payerId } = route.useParams();
  const seesAlerts = usePermission('ALERTS_READ');
  const [{ data, error }, ask] = useQuery({
    query: PayerQuery,
    variables: { id: payerId, alertFilter: { payerId }, seesAlerts },
  });
  const back = (
    <Link to="/payers" className={backLinkClass}>
      <IconChevronLeft size={15} aria-hidden="true" /> Payers
    </Link>
  );
  const payer = data?.payer;
  if (!payer) {
    return (
      <Page title={data && !error ? 'Payer not found' : 'Payer'} back={back}>
        {error ? (
          <ErrorNotice
            what="this payer"
            failure={explain(error)}
            onRetry={() => ask({ requestPolicy: 'network-only' })}
          />
        ) : data ? (
          <Notice icon={<IconMapQuestion size={32} />} title="This payer does not exist">
            It may have been merged into another payer, or the link is mistyped.
          </Notice>
        ) : (
          <Skeleton height={420} radius={10} />
        )}
      </Page>
    );
  }
  const { summary } = payer;
  return (
    <Page
      title={payer.name}
      back={back}
      lead="Figures over the last 90 days of data"
      actions={
        <LinkButton to="/claims" search={{ payer: payer.id }} variant="default">
          Open its claims
        </LinkButton>
      }
    >
      <div className={classes.grid}>
        <div className={classes.column}>
          <Card title="At a glance">
            <Facts
              facts={[
                ['Claims', formatCount(summary.claims)],
                ['Decided', formatCount(summary.decided)],
                ['Denied', `${formatCount(summary.denied)} (${formatShare(summary.denialRate)})`],
                ['Pending', formatCount(summary.pending)],
                ['Median to payment', formatDays(summary.medianDaysToPayment)],
                ['Billed', formatDollars(summary.billedAmount)],
                ['Paid', formatDollars(summary.paidAmount)],
              ]}
            />
          </Card>
          <WeeklyDenials weeks={summary.weekly} />
          {data.alerts ? <PayerAlerts alerts={data.alerts} /> : null}
        </div>
        <div className={classes.column}>
          <PayerNames data={payer} />
        </div>
      </div>
    </Page>
  );
}

function PayerAlerts({ alerts }: { alerts: NonNullable<Answer['alerts']> }) {
  return (
    <Card title="Alerts">
      {alerts.items.length === 0 ? (
        <p className={classes.none}>No change of this payer has raised an alert.</p>
      ) : (
        <ul className={classes.alerts}>
          {alerts.items.map(({ id, headline, state, signal }) => (
            <li key={id}>
              <Link to="/alerts/$alertId" params={{ alertId: id }} className={classes.headline}>
                {headline}
              </Link>
              <span className={classes.meta}>
                {state.toLowerCase()} · since {formatDate(signal.changeDate)} · {formatDollars(signal.dollarsPerWeek)} a
                week
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
