import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import { STANDING } from '@/graphql/words';
import { formatCount, formatDate, NOTHING } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { AcknowledgedFragment } from './documents';

type Told = NonNullable<ResultOf<typeof AcknowledgedFragment>['acknowledged']>;
type Acknowledgement = Told['acknowledgements'][number];
type RejectedClaim = NonNullable<Told['rejected']>[number];

const KIND: Record<Acknowledgement['kind'], string> = { X12_999: '999', X12_997: '997', X12_277CA: '277CA' };

/** What an acknowledgement is about: a transaction set, its group, a batch, or one provider's claims of it. */
function subject({ setNumber, groupNumber, batchReference, providerNpi }: Acknowledgement): string {
  if (setNumber) return `Set ${setNumber} of group ${groupNumber}`;
  if (groupNumber) return `Group ${groupNumber}`;
  return providerNpi ? `Batch ${batchReference}, NPI ${providerNpi}` : `Batch ${batchReference}`;
}

function where({ segment, position, loop, element, component }: Acknowledgement['errors'][number]): string {
  if (!segment) return '';
  const place = element ? `${segment}${String(element).padStart(2, '0')}${component ? `-${component}` : ''}` : segment;
  return [place, position ? `segment ${position}` : '', loop ? `loop ${loop}` : ''].filter(Boolean).join(', ');
}

const ACKNOWLEDGEMENTS: Column<Acknowledgement>[] = [
  { id: 'date', header: 'On', cell: ({ acknowledgedDate }) => formatDate(acknowledgedDate), numeric: true },
  {
    id: 'kind',
    header: 'File',
    cell: ({ kind, uploadId }) => (
      <Link to="/uploads/$uploadId" params={{ uploadId }}>
        {KIND[kind]}
      </Link>
    ),
  },
  { id: 'subject', header: 'Of', cell: subject, wrap: true },
  {
    id: 'standing',
    header: '',
    cell: ({ standing }) => (
      <Badge size="sm" variant="light" color={STANDING[standing].color}>
        {STANDING[standing].label}
      </Badge>
    ),
  },
  {
    id: 'told',
    header: 'Why',
    wrap: true,
    cell: ({ statuses, errors }) => (
      <>
        {statuses.map(({ category, categoryLabel, code, label }) => (
          <div key={`${category} ${code} ${label}`}>{`${category} ${categoryLabel}: ${code} ${label}`}</div>
        ))}
        {errors.map((error) => (
          <div key={`${where(error)} ${error.code}`}>
            {[error.label, where(error), error.controlNumber ? `claim ${error.controlNumber}` : '']
              .filter(Boolean)
              .join(' · ')}
          </div>
        ))}
      </>
    ),
  },
  {
    id: 'accepted',
    header: 'Accepted',
    numeric: true,
    wideOnly: true,
    cell: ({ accepted }) => (accepted === null ? NOTHING : formatCount(accepted)),
  },
  {
    id: 'rejected',
    header: 'Rejected',
    numeric: true,
    wideOnly: true,
    cell: ({ rejected }) => (rejected === null ? NOTHING : formatCount(rejected)),
  },
];

const REJECTED: Column<RejectedClaim>[] = [
  {
    id: 'claim',
    header: 'Claim',
    cell: ({ claimId, controlNumber }) =>
      claimId ? (
        <Link to="/claims/$claimId" params={{ claimId }}>
          {controlNumber}
        </Link>
      ) : (
        controlNumber
      ),
  },
  { id: 'date', header: 'On', cell: ({ acknowledgedDate }) => formatDate(acknowledgedDate), numeric: true },
  {
    id: 'statuses',
    header: 'Why',
    wrap: true,
    cell: ({ statuses }) =>
      statuses.map(({ category, categoryLabel, code, label, procedureCode }) => (
        <div key={`${category} ${code} ${label} ${procedureCode}`}>
          {`${category} ${categoryLabel}: ${code} ${label}${procedureCode ? `, line ${procedureCode}` : ''}`}
        </div>
      )),
  },
];

/** What payers and clearinghouses said on receiving the claims of this upload. */
export function Acknowledged({ data }: { data: FragmentOf<typeof AcknowledgedFragment> }) {
  const { acknowledged } = readFragment(AcknowledgedFragment, data);
  if (!acknowledged) return null;
  const rejected = acknowledged.rejected ?? [];
  return (
    <>
      <Card title="What was acknowledged">
        <Facts
          facts={[
            ['Transaction sets', formatCount(acknowledged.sets)],
            ['Sets accepted', formatCount(acknowledged.setsAccepted)],
            ['Sets rejected', formatCount(acknowledged.setsRejected)],
            ['Claims', formatCount(acknowledged.claims)],
            ['Claims accepted', formatCount(acknowledged.claimsAccepted)],
            ['Claims rejected', formatCount(acknowledged.claimsRejected)],
            ['Claims pending', formatCount(acknowledged.claimsPending)],
          ]}
        />
        <DataTable
          caption="Acknowledgements"
          columns={ACKNOWLEDGEMENTS}
          rows={acknowledged.acknowledgements}
          rowKey={({ id }) => id}
          maxHeight={360}
        />
      </Card>
      {rejected.length > 0 ? (
        <Card title="Claims rejected on receipt" note="They were not taken in; mend them and send them again">
          <DataTable
            caption="Claims rejected on receipt"
            columns={REJECTED}
            rows={rejected}
            rowKey={({ id }) => id}
            maxHeight={360}
          />
        </Card>
      ) : null}
    </>
  );
}
