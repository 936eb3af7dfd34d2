import { Link } from '@tanstack/react-router';
import { formatChange, streamPart } from '@/graphql/measures';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { KIND_LABEL } from '@/graphql/words';
import { formatCertainty, formatCount, formatDate, formatDollars } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { RelatedSignalFragment } from './documents';

type Related = ReturnType<typeof readRelated>[number];

const readRelated = (data: readonly FragmentOf<typeof RelatedSignalFragment>[]) =>
  data.map((each) => readFragment(RelatedSignalFragment, each));

const COLUMNS: Column<Related>[] = [
  {
    id: 'part',
    header: 'Part',
    wrap: true,
    cell: (signal) => (
      <Link to="/claims" search={{ signal: signal.id }}>
        {streamPart(signal) || 'All services'}
      </Link>
    ),
  },
  {
    id: 'kind',
    header: 'Kind',
    wrap: true,
    wideOnly: true,
    cell: ({ kind }) => KIND_LABEL[kind],
  },
  { id: 'since', header: 'Since', cell: ({ changeDate }) => formatDate(changeDate), wideOnly: true },
  {
    id: 'change',
    header: 'Change',
    numeric: true,
    cell: formatChange,
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

/** The parts and measures in which the same change shows: one cause, one alert. */
export function RelatedSignals({ data }: { data: readonly FragmentOf<typeof RelatedSignalFragment>[] }) {
  const signals = readRelated(data);
  if (signals.length === 0) return null;
  const kinds = new Set(signals.map(({ kind }) => kind));
  const visible = COLUMNS.map(({ id }) => id).filter((id) => id !== 'kind' || kinds.size > 1);
  return (
    <Card title="Where it shows" note="The same change in parts of this payer's claims; one cause, so one alert">
      <DataTable
        caption="Parts with the same change"
        columns={COLUMNS}
        rows={signals}
        visible={visible}
        rowKey={({ id }) => id}
      />
    </Card>
  );
}
