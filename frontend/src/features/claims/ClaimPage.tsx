import { Skeleton } from '@mantine/core';
import { IconChevronLeft, IconMapQuestion } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { AuditLink } from '@/app/shell/AuditLink';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { formatDate, formatDays, formatMoney, formatQuantity, NOTHING } from '@/lib/format';
import { Card } from '@/ui/Card';
import { CodeText } from '@/ui/CodeText';
import { Facts } from '@/ui/Facts';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { ClaimAcknowledgements } from './ClaimAcknowledgements';
import { ClaimAdjustments } from './ClaimAdjustments';
import { ClaimLines } from './ClaimLines';
import classes from './claim.module.css';
import { OutcomeMark } from './columns';
import { ClaimQuery } from './documents';
import { ClaimHistory } from './history/ClaimHistory';
import { PatientCard } from './PatientCard';
import { Remarks } from './Remarks';

const route = getRouteApi('/claims/$claimId');

type Claim = NonNullable<ResultOf<typeof ClaimQuery>['claim']>;

export function ClaimPage() {
  const { claimId } = route.useParams();
  const [{ data, error }, ask] = useQuery({ query: ClaimQuery, variables: { id: claimId } });
  const back = (
    <Link to="/claims" className={backLinkClass}>
      <IconChevronLeft size={15} aria-hidden="true" /> Claims
    </Link>
  );
  const claim = data?.claim;
  if (claim) return <ClaimRecord key={claim.id} claim={claim} back={back} />;
  return (
    <Page title={data && !error ? 'Claim not found' : 'Claim'} back={back}>
      {error ? (
        <ErrorNotice
          what="this claim"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : data ? (
        <Notice icon={<IconMapQuestion size={32} />} title="This claim does not exist">
          The link may be mistyped, or the claim belongs to another organization.
        </Notice>
      ) : (
        <Skeleton height={420} radius={10} />
      )}
    </Page>
  );
}

const UNITS: Record<string, string> = { VS: 'visits', DY: 'days', HS: 'hours', MN: 'months', UN: 'units' };

/** What the payer answered under the claim's authorization number; nothing where no answer is known. */
function authorized(authorization: Claim['authorization']): [string, string][] {
  if (!authorization) return [];
  const { action, validFrom, validThrough, quantity, unit } = authorization;
  const told = [
    action,
    validFrom || validThrough ? `${formatDate(validFrom)} to ${formatDate(validThrough)}` : '',
    quantity === null ? '' : `${formatQuantity(quantity)} ${UNITS[unit] ?? unit}`.trim(),
  ];
  return [['The payer’s answer', told.filter(Boolean).join(', ')]];
}

function ClaimRecord({ claim, back }: { claim: Claim; back: React.ReactNode }) {
  const denial = claim.denialCode ? (
    <CodeText code={claim.denialCode} label={claim.denialLabel} text={claim.denialText} />
  ) : (
    NOTHING
  );
  const remarks = claim.remarks.length > 0 ? <Remarks remarks={claim.remarks} /> : NOTHING;
  return (
    <Page
      title={claim.controlNumber ? `Claim ${claim.controlNumber}` : 'Claim without number'}
      back={back}
      lead={
        <>
          <Link to="/payers/$payerId" params={{ payerId: claim.payer.id }} className={classes.quiet}>
            {claim.payer.name}
          </Link>{' '}
          · {claim.procedureCode} · <OutcomeMark outcome={claim.outcome} />
        </>
      }
      actions={<AuditLink type="claim" id={claim.id} />}
    >
      <div className={classes.grid}>
        <div className={classes.column}>
          <Card title="Money">
            <Facts
              facts={[
                ['Billed', formatMoney(claim.billedAmount)],
                ['Allowed', formatMoney(claim.allowedAmount)],
                ['Paid', formatMoney(claim.paidAmount)],
              ]}
            />
          </Card>
          <Card title="Decision">
            <Facts
              facts={[
                ['Service', formatDate(claim.serviceDate)],
                ['Submitted', formatDate(claim.submittedDate)],
                ['Decided', formatDate(claim.decidedDate)],
                ['Paid on', formatDate(claim.paidDate)],
                ['Time to decision', formatDays(claim.daysToDecision)],
                ['Denial', denial],
                ['Remarks', remarks],
              ]}
            />
          </Card>
          <ClaimAcknowledgements data={claim} />
          <ClaimLines data={claim} />
          <ClaimAdjustments title="Adjustments of the whole claim" adjustments={claim.adjustments} />
          <ClaimHistory claimId={claim.id} payer={claim.payer.name} />
        </div>
        <div className={classes.column}>
          <PatientCard claimId={claim.id} />
          <Card title="As it was filed">
            <Facts
              stacked
              facts={[
                ['Service group', claim.serviceGroup?.name ?? NOTHING],
                ['Diagnoses', claim.diagnosisCodes.join(', ') || NOTHING],
                ['Provider (NPI)', claim.providerNpi || NOTHING],
                ['Location', claim.location || NOTHING],
                ['Authorization', claim.authorizationNumber || NOTHING],
                ...authorized(claim.authorization),
                ['Plan', claim.plan || NOTHING],
                ['Contract', claim.contract || NOTHING],
                ['Payer’s claim number', claim.payerClaimNumber || NOTHING],
              ]}
            />
          </Card>
        </div>
      </div>
    </Page>
  );
}
