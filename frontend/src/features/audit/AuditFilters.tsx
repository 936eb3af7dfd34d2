import { NativeSelect } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useQuery } from 'urql';
import type { AuditSearch } from '@/app/urls';
import type { ResultOf } from '@/graphql/tada';
import { ActiveFilters, Chip, DayFilter, FilterBar } from '@/ui/filters/FilterBar';
import { AuditActorsQuery } from './documents';
import { GROUP_CHOICES, isFiltered, KIND_LABEL, NAMELESS, SYSTEM, TARGET_LABEL } from './filters';

type Actor = NonNullable<ResultOf<typeof AuditActorsQuery>['auditActors']>[number];

const choiceOf = ({ id }: Actor): string => id ?? SYSTEM;

/** Which events are listed; all of it lives in the URL. */
export function AuditFilters({ search }: { search: AuditSearch }) {
  const navigate = useNavigate();
  const [{ data }] = useQuery({ query: AuditActorsQuery });
  const actors = data?.auditActors ?? [];
  const gone = search.actor && data && !actors.some((actor) => choiceOf(actor) === search.actor);
  const kinds = [...new Set(actors.map(({ kind }) => kind))];
  const narrow = (change: Partial<AuditSearch>) =>
    void navigate({ to: '/audit', search: { ...search, after: undefined, page: undefined, ...change }, replace: true });
  const active = isFiltered(search) ? (
    <ActiveFilters onClear={() => void navigate({ to: '/audit', search: {} })}>
      {search.type && search.id ? (
        <Chip
          label={
            search.type === 'claim'
              ? 'Of one claim’s patient'
              : `One ${(TARGET_LABEL[search.type] ?? 'record').toLowerCase()}`
          }
          onRemove={() => narrow({ id: undefined, type: search.type === 'claim' ? undefined : search.type })}
        />
      ) : null}
    </ActiveFilters>
  ) : null;

  return (
    <FilterBar label="Filters" active={active}>
      <NativeSelect
        label="Who"
        value={search.actor ?? ''}
        onChange={(event) => narrow({ actor: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: 'Everybody' },
          ...(gone ? [{ value: search.actor ?? '', label: NAMELESS.PERSON }] : []),
          ...kinds.map((kind) => ({
            group: KIND_LABEL[kind],
            items: actors
              .filter((actor) => actor.kind === kind)
              .map((actor) => ({ value: choiceOf(actor), label: actor.name ?? NAMELESS[kind] })),
          })),
        ]}
      />
      <NativeSelect
        label="What"
        value={search.group ?? ''}
        onChange={(event) =>
          narrow({ group: GROUP_CHOICES.find(({ value }) => value === event.currentTarget.value)?.value })
        }
        data={[{ value: '', label: 'Everything' }, ...GROUP_CHOICES]}
      />
      <NativeSelect
        label="Record"
        value={search.type ?? ''}
        onChange={(event) => narrow({ type: event.currentTarget.value || undefined, id: undefined })}
        data={[
          { value: '', label: 'Any' },
          ...Object.entries(TARGET_LABEL)
            .filter(([type]) => type !== 'claim' || search.type === 'claim')
            .map(([value, label]) => ({ value, label })),
        ]}
      />
      <DayFilter label="From (UTC)" value={search.from} onChange={(from) => narrow({ from })} />
      <DayFilter label="To (UTC)" value={search.to} onChange={(to) => narrow({ to })} />
    </FilterBar>
  );
}
