import { Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { graphql, type ResultOf } from '@/graphql/tada';
import { OUTCOME_LABEL } from '@/graphql/words';
import { formatCount, formatDate, formatMoney } from '@/lib/format';
import { Card } from '@/ui/Card';
import { TextLink } from '@/ui/LinkButton';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { type Column, DataTable } from '@/ui/table/DataTable';

const SHOWN = 10;

const SignalClaimsQuery = graphql(`
  query SignalClaims($id: ID!, $first: Int!) {
    signal(id: $id) {
      id
      claims(first: $first) {
        totalCount
        items {
          id
          controlNumber
          procedureCode
          outcome
          submittedDate
          decidedDate
          billedAmount
          denialLabel
        }
      }
    }
  }
`);

type SignalClaim = NonNullable<NonNullable<ResultOf<typeof SignalClaimsQuery>['signal']>['claims']>['items'][number];

const COLUMNS: Column<SignalClaim>[] = [
  {
    id: 'control',
    header: 'Claim',
    cell: ({ id, controlNumber }) => (
      <Link to="/claims/$claimId" params={{ claimId: id }}>
        {controlNumber || 'without number'}
      </Link>
    ),
  },
  { id: 'procedure', header: 'Procedure', cell: ({ procedureCode }) => procedureCode, wideOnly: true },
  { id: 'submitted', header: 'Submitted', cell: ({ submittedDate }) => formatDate(submittedDate), wideOnly: true },
  { id: 'decided', header: 'Decided', cell: ({ decidedDate }) => formatDate(decidedDate), wideOnly: true },
  { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => OUTCOME_LABEL[outcome] },
  { id: 'reason', header: 'Reason', cell: ({ denialLabel }) => denialLabel, wrap: true, wideOnly: true },
  { id: 'billed', header: 'Billed', numeric: true, cell: ({ billedAmount }) => formatMoney(billedAmount) },
];

/** The claims that prove it: the first of them here, all of them one click away. */
export default function SignalClaims({ signalId }: { signalId: string }) {
  const [{ data, error }, ask] = useQuery({ query: SignalClaimsQuery, variables: { id: signalId, first: SHOWN } });
  const page = data?.signal?.claims;
  if (!page) {
    return error ? (
      <ErrorNotice what="the claims" failure={explain(error)} onRetry={() => ask({ requestPolicy: 'network-only' })} />
    ) : (
      <Skeleton height={440} radius={10} />
    );
  }
  return (
    <Card
      title="The claims"
      note={`${formatCount(page.totalCount)} claims stand behind this alert`}
      aside={
        page.totalCount > SHOWN ? (
          <TextLink to="/claims" search={{ signal: signalId }} size="sm">
            Open all {formatCount(page.totalCount)}
          </TextLink>
        ) : undefined
      }
    >
      {page.items.length > 0 ? (
        <DataTable caption="Claims behind this alert" columns={COLUMNS} rows={page.items} rowKey={({ id }) => id} />
      ) : null}
    </Card>
  );
}
