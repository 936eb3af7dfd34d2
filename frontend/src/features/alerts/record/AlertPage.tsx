import { Skeleton } from '@mantine/core';
import { IconChevronLeft, IconMapQuestion } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { AuditLink } from '@/app/shell/AuditLink';
import type { InboxSearch } from '@/app/urls';
import { explain } from '@/graphql/failure';
import { streamPart } from '@/graphql/measures';
import type { ResultOf } from '@/graphql/tada';
import { KIND_LABEL } from '@/graphql/words';
import { LinkButton } from '@/ui/LinkButton';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Activity } from './Activity';
import { AlertActions } from './AlertActions';
import { AlertExports } from './AlertExports';
import { AlertFacts } from './AlertFacts';
import classes from './alert.module.css';
import { Categories } from './Categories';
import { AlertQuery } from './documents';
import { EvidenceCard } from './EvidenceCard';
import { Happenings } from './Happenings';
import { JudgementCard } from './JudgementCard';
import { Reasons } from './Reasons';
import { RelatedSignals } from './RelatedSignals';
import { ScopeCard } from './ScopeCard';
import { ServiceGroupShares } from './ServiceGroupShares';
import { SignalChart } from './SignalChart';
import { TakenBack } from './TakenBack';
import { useNeighbours } from './useNeighbours';

// The last of the record, below what is read first.
const SignalClaims = lazy(() => import('./SignalClaims'));

const route = getRouteApi('/alerts/$alertId');

type Alert = NonNullable<ResultOf<typeof AlertQuery>['alert']>;

export function AlertPage() {
  const { alertId } = route.useParams();
  const search = route.useSearch();
  const uploads = usePermission('UPLOADS_READ');
  const [{ data, error }, ask] = useQuery({ query: AlertQuery, variables: { id: alertId, uploads } });
  const back = (
    <Link to="/inbox" search={search} className={backLinkClass}>
      <IconChevronLeft size={15} aria-hidden="true" /> Inbox
    </Link>
  );

  if (data?.alert) return <AlertRecord key={alertId} alert={data.alert} search={search} back={back} />;
  if (error) {
    return (
      <Page title="Alert" back={back}>
        <ErrorNotice
          what="this alert"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      </Page>
    );
  }
  if (data) {
    return (
      <Page title="Alert not found" back={back}>
        <Notice
          icon={<IconMapQuestion size={32} />}
          title="This alert does not exist"
          action={
            <LinkButton to="/inbox" variant="default">
              To the inbox
            </LinkButton>
          }
        >
          The link may be mistyped, or the alert belongs to another organization.
        </Notice>
      </Page>
    );
  }
  return (
    <Page title="Alert" back={back}>
      <Skeleton height={92} radius={10} mb={16} />
      <Skeleton height={470} radius={10} />
    </Page>
  );
}

function AlertRecord({ alert, search, back }: { alert: Alert; search: InboxSearch; back: React.ReactNode }) {
  const seesClaims = usePermission('CLAIMS_READ');
  const position = useNeighbours(alert.id, search);
  const { signal } = alert;
  const part = streamPart(signal);
  return (
    <Page
      title={alert.headline}
      back={
        <div className={classes.top}>
          {back}
          {position}
        </div>
      }
      lead={
        <>
          <Link to="/payers/$payerId" params={{ payerId: alert.payer.id }} className={classes.quiet}>
            {alert.payer.name}
          </Link>
          {part ? ` · ${part}` : ''} · {KIND_LABEL[signal.kind]}
        </>
      }
      actions={<AuditLink type="alert" id={alert.id} />}
    >
      <TakenBack data={alert} />
      <AlertFacts data={signal} />
      <div className={classes.grid}>
        <div className={classes.evidence}>
          <SignalChart data={signal} />
          <ScopeCard data={signal} />
          <Happenings data={signal} />
          <Categories data={signal} />
          <Reasons data={signal} />
          <ServiceGroupShares data={signal} />
          <EvidenceCard data={signal} />
          <RelatedSignals data={alert.relatedSignals} />
          {seesClaims ? (
            <Suspense fallback={<Skeleton height={440} radius={10} />}>
              <SignalClaims signalId={signal.id} />
            </Suspense>
          ) : null}
        </div>
        <aside className={classes.decision} aria-label="Decision">
          <AlertActions alert={alert} />
          <JudgementCard data={alert} alert={alert} />
          <AlertExports alertId={alert.id} signalId={signal.id} />
          <Activity data={alert} />
        </aside>
      </div>
    </Page>
  );
}
