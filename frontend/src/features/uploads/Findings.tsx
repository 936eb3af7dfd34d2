import { Badge } from '@mantine/core';
import { type FragmentOf, type ResultOf, readFragment, type UploadKind } from '@/graphql/tada';
import { plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { type Column, DataTable } from '@/ui/table/DataTable';
import { FindingsFragment } from './documents';
import classes from './uploads.module.css';

type Finding = ResultOf<typeof FindingsFragment>['findings'][number];

const SEVERITY: Record<string, { label: string; color: string }> = {
  info: { label: 'Note', color: 'gray' },
  warning: { label: 'Check', color: 'yellow' },
  error: { label: 'Wrong', color: 'red' },
};

const POSITION: Partial<Record<UploadKind, string>> = { CLAIMS_CSV: 'Line', FHIR: 'Resource', ARCHIVE: 'File' };

const columns = (position: string): Column<Finding>[] => [
  { id: 'position', header: position, numeric: true, cell: ({ position: at }) => at || '' },
  {
    id: 'severity',
    header: '',
    cell: ({ severity }) => (
      <Badge size="sm" variant="light" className={classes.severity} color={SEVERITY[severity]?.color ?? 'gray'}>
        {SEVERITY[severity]?.label ?? severity}
      </Badge>
    ),
  },
  { id: 'message', header: 'Finding', wrap: true, cell: ({ message }) => message },
];

/** What the file's own structure and sums say; it stops nothing. */
export function Findings({ data }: { data: FragmentOf<typeof FindingsFragment> }) {
  const { kind, findings } = readFragment(FindingsFragment, data);
  if (findings.length === 0) return null;
  return (
    <Card
      title="Findings"
      note={
        kind === 'ARCHIVE'
          ? `${plural(findings.length, 'file')} could not be taken; the others were`
          : `${plural(findings.length, 'note')} on the file's structure and sums; none kept its claims out`
      }
    >
      <DataTable
        caption="Findings"
        columns={columns(POSITION[kind] ?? 'Segment')}
        rows={findings}
        rowKey={({ position, code, message }) => `${position} ${code} ${message}`}
        maxHeight={360}
      />
    </Card>
  );
}
