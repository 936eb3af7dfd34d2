import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { usePermission } from '@/app/session/SessionContext';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import { STANDING } from '@/graphql/words';
import { formatDate } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { ClaimAcknowledgementsFragment } from './documents';

type Acknowledgement = ResultOf<typeof ClaimAcknowledgementsFragment>['acknowledgements'][number];

const COLUMNS: Column<Acknowledgement>[] = [
  { id: 'date', header: 'On', cell: ({ acknowledgedDate }) => formatDate(acknowledgedDate), numeric: true },
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
    id: 'statuses',
    header: 'Status',
    wrap: true,
    cell: ({ statuses }) =>
      statuses.map(({ category, categoryLabel, code, label, procedureCode }) => (
        <div key={`${category} ${code} ${label} ${procedureCode}`}>
          {`${category} ${categoryLabel}: ${code} ${label}${procedureCode ? `, line ${procedureCode}` : ''}`}
        </div>
      )),
  },
  { id: 'source', header: 'Said by', cell: ({ source }) => source, wrap: true, wideOnly: true },
  { id: 'number', header: 'Payer’s number', cell: ({ payerClaimNumber }) => payerClaimNumber, wideOnly: true },
];

const FILE: Column<Acknowledgement> = {
  id: 'file',
  header: '',
  cell: ({ uploadId }) => (
    <Link to="/uploads/$uploadId" params={{ uploadId }}>
      File
    </Link>
  ),
};

/** What came back on the claim before its decision, the newest first. */
export function ClaimAcknowledgements({ data }: { data: FragmentOf<typeof ClaimAcknowledgementsFragment> }) {
  const { acknowledgements } = readFragment(ClaimAcknowledgementsFragment, data);
  const seesUploads = usePermission('UPLOADS_READ');
  if (acknowledgements.length === 0) return null;
  return (
    <Card title="Acknowledgements" note="The newest stands">
      <DataTable
        caption="Acknowledgements"
        columns={seesUploads ? [...COLUMNS, FILE] : COLUMNS}
        rows={acknowledgements}
        rowKey={({ id }) => id}
      />
    </Card>
  );
}
