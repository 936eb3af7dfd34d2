import { Link } from '@tanstack/react-router';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatCertainty, formatCount, formatDate, formatDays, formatDollars, formatShare } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { RelatedSignalFragment } from './documents';

type Related = ReturnType<typeof readRelated>[number];

const readRelated = (data: readonly FragmentOf<typeof RelatedSignalFragment>[]) =>
  data.map((each) => readFragment(RelatedSignalFragment, each));

const COLUMNS: Column<Related>[] = [
  {
    id: 'group',
    header: 'Service group',
    wrap: true,
    cell: ({ id, serviceGroup }) => (
      <Link to="/claims" search={{ signal: id }}>
        {serviceGroup?.name ?? 'All services'}
      </Link>
    ),
  },
  { id: 'since', header: 'Since', cell: ({ changeDate }) => formatDate(changeDate), wideOnly: true },
  {
    id: 'change',
    header: 'Change',
    numeric: true,
    cell: ({ kind, before, after }) => {
      const level = kind === 'DENIAL_RATE' ? formatShare : formatDays;
      return `${level(before)} → ${after === null ? 'not known yet' : level(after)}`;
    },
  },
  {
    id: 'sure',
    header: 'How sure',
    numeric: true,
    wideOnly: true,
    cell: ({ certainty }) => formatCertainty(certainty),
  },
  { id: 'money', header: 'A week', numeric: true, cell: ({ dollarsPerWeek }) => formatDollars(dollarsPerWeek) },
  {
    id: 'extra',
    header: 'Beyond expected',
    numeric: true,
    wideOnly: true,
    cell: ({ claimsAffected }) => formatCount(claimsAffected),
  },
];

/** The groups of services in which the same change shows: one cause, one alert. */
export function RelatedSignals({ data }: { data: readonly FragmentOf<typeof RelatedSignalFragment>[] }) {
  if (data.length === 0) return null;
  return (
    <Card title="Where it shows" note="The same change in parts of this payer's claims; one cause, so one alert">
      <DataTable
        caption="Service groups with the same change"
        columns={COLUMNS}
        rows={readRelated(data)}
        rowKey={({ id }) => id}
      />
    </Card>
  );
}
