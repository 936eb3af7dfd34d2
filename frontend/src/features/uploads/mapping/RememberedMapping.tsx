import { Button } from '@mantine/core';
import { useState } from 'react';
import { usePermission } from '@/app/session/SessionContext';
import type { ResultOf } from '@/graphql/tada';
import { OUTCOME_LABEL } from '@/graphql/words';
import { formatMoment, formatRelative, plural } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import type { SourceMappingsQuery } from './documents';
import { FIELD_LABEL } from './fields';
import { useForgetting } from './useForgetting';

type Mapping = NonNullable<ResultOf<typeof SourceMappingsQuery>['sourceMappings']>['items'][number];
type Fact = readonly [label: string, value: string];

const NAMES_IN_TITLE = 3;

/** One header: what each of its columns is read as, what was said besides, and its use so far. */
export function RememberedMapping({ mapping }: { mapping: Mapping }) {
  const mayForget = usePermission('UPLOADS_WRITE');
  const forget = useForgetting();
  const [busy, setBusy] = useState(false);
  const names = namesOf(mapping);
  const title = titleOf(names);
  const forgetIt = async () => {
    setBusy(true);
    await forget(mapping.id);
    setBusy(false);
  };
  return (
    <Card
      title={title}
      note={`Mapped ${mapping.confirmedBy ? `by ${mapping.confirmedBy.name} ` : ''}on ${formatMoment(mapping.confirmedAt)} · ${useOf(mapping)}`}
      aside={
        mayForget ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={busy}
            aria-label={`Forget ${title}`}
            onClick={() => void forgetIt()}
          >
            Forget
          </Button>
        ) : undefined
      }
    >
      <Facts facts={[...columnsOf(mapping, names), ...saidOf(mapping)]} />
    </Card>
  );
}

const namesOf = ({ columns }: Mapping) => columns.map(({ name }, place) => name || `Column ${place + 1}`);

function titleOf(names: readonly string[]) {
  const more = names.length - NAMES_IN_TITLE;
  return names.slice(0, NAMES_IN_TITLE).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function useOf({ uploads, lastUsedAt }: Mapping) {
  return uploads > 0 && lastUsedAt
    ? `${plural(uploads, 'file')} read with it, last ${formatRelative(lastUsedAt)}`
    : 'no file read with it yet';
}

function columnsOf({ columns }: Mapping, names: readonly string[]): Fact[] {
  // Columns of one name are told apart by their place.
  const labels = names.map((name, place) => (names.indexOf(name) < place ? `${name} (column ${place + 1})` : name));
  const read = columns.flatMap(({ field }, place) =>
    field ? [[labels[place] ?? '', FIELD_LABEL[field] ?? field] as const] : [],
  );
  const left = labels.filter((_, place) => !columns[place]?.field);
  return left.length > 0 ? [...read, ['Left alone', left.join(', ')]] : read;
}

function saidOf({ payer, dayFirst, decimalMark, outcomeWords }: Mapping): Fact[] {
  return [
    ...(payer ? [['Payer of every row', payer] as const] : []),
    ...(dayFirst === null ? [] : [['Slashed dates', dayFirst ? 'Day first' : 'Month first'] as const]),
    ...(decimalMark ? [['Cents stand behind', decimalMark === ',' ? 'a comma' : 'a point'] as const] : []),
    ...(outcomeWords ?? []).flatMap(({ word, outcome }) =>
      outcome ? [[`“${word}” means`, OUTCOME_LABEL[outcome]] as const] : [],
    ),
  ];
}
