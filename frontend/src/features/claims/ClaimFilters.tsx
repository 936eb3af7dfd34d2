import { NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { type ClaimsSearch, OUTCOMES } from '@/app/urls';
import { PayerChoicesQuery, ServiceGroupChoicesQuery } from '@/graphql/choices';
import { OUTCOME_LABEL } from '@/graphql/words';
import { formatDate } from '@/lib/format';
import { ActiveFilters, Chip, DayFilter, FilterBar } from '@/ui/filters/FilterBar';
import { isFiltered } from './filters';

/** Which claims are listed, and in which order; all of it lives in the URL. */
export function ClaimFilters({ search }: { search: ClaimsSearch }) {
  const navigate = useNavigate();
  const seesPayers = usePermission('PAYERS_READ');
  const [{ data: payers }] = useQuery({ query: PayerChoicesQuery, pause: !seesPayers });
  const [{ data: groups }] = useQuery({ query: ServiceGroupChoicesQuery, pause: !seesPayers });
  const narrow = (change: Partial<ClaimsSearch>) =>
    void navigate({
      to: '/claims',
      search: { ...search, after: undefined, page: undefined, ...change },
      replace: true,
    });
  const set = (key: keyof ClaimsSearch) => (value?: string) => narrow({ [key]: value || undefined });

  return (
    <FilterBar label="Filters and order" active={<ActiveChips search={search} narrow={narrow} />}>
      <TextFilter label="Control number" value={search.control} onChange={set('control')} />
      {seesPayers ? (
        <NativeSelect
          label="Payer"
          value={search.payer ?? ''}
          onChange={(event) => set('payer')(event.currentTarget.value)}
          data={[
            { value: '', label: 'All' },
            ...(payers?.payers?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      ) : null}
      <NativeSelect
        label="Service group"
        value={search.group ?? ''}
        onChange={(event) => set('group')(event.currentTarget.value)}
        data={[
          { value: '', label: 'All' },
          ...(groups?.serviceGroups ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <NativeSelect
        label="Outcome"
        value={search.outcome?.length === 1 ? search.outcome[0] : ''}
        onChange={(event) => {
          const outcome = OUTCOMES.find((each) => each === event.currentTarget.value);
          narrow({ outcome: outcome && [outcome] });
        }}
        data={[
          { value: '', label: search.outcome && search.outcome.length > 1 ? 'Several' : 'All' },
          ...OUTCOMES.map((outcome) => ({ value: outcome, label: OUTCOME_LABEL[outcome] })),
        ]}
      />
      <TextFilter label="Procedure" value={search.procedure} onChange={set('procedure')} />
      <TextFilter label="Denial code" value={search.code} onChange={set('code')} />
      <DayFilter label="Submitted from" value={search.submittedFrom} onChange={set('submittedFrom')} />
      <DayFilter label="to" value={search.submittedTo} onChange={set('submittedTo')} name="Submitted to" />
      <DayFilter label="Decided from" value={search.decidedFrom} onChange={set('decidedFrom')} />
      <DayFilter label="to" value={search.decidedTo} onChange={set('decidedTo')} name="Decided to" />
      <NativeSelect
        label="Order"
        value={search.order ?? ''}
        onChange={(event) => set('order')(event.currentTarget.value)}
        data={[
          { value: '', label: 'Latest submitted' },
          { value: 'SUBMITTED_ASC', label: 'Oldest submitted' },
          { value: 'DECIDED_DESC', label: 'Latest decided' },
          { value: 'BILLED_DESC', label: 'Largest billed' },
        ]}
      />
    </FilterBar>
  );
}

/** Filters that came with a link and have no field of their own, each to be taken off. */
function ActiveChips({ search, narrow }: { search: ClaimsSearch; narrow: (change: Partial<ClaimsSearch>) => void }) {
  const navigate = useNavigate();
  if (!isFiltered(search)) return null;
  const several = search.outcome && search.outcome.length > 1;
  return (
    <ActiveFilters
      onClear={() => void navigate({ to: '/claims', search: { order: search.order, columns: search.columns } })}
    >
      {search.signal ? <Chip label="Behind one alert" onRemove={() => narrow({ signal: undefined })} /> : null}
      {search.patient ? <Chip label="Of one patient" onRemove={() => narrow({ patient: undefined })} /> : null}
      {search.upload ? <Chip label="From one upload" onRemove={() => narrow({ upload: undefined })} /> : null}
      {search.category ? (
        <Chip
          label={`Reason: ${search.category.toLowerCase().replaceAll('_', ' ')}`}
          onRemove={() => narrow({ category: undefined })}
        />
      ) : null}
      {search.location ? (
        <Chip label={`At ${search.location}`} onRemove={() => narrow({ location: undefined })} />
      ) : null}
      {several ? (
        <Chip
          label={(search.outcome ?? []).map((outcome) => OUTCOME_LABEL[outcome]).join(' or ')}
          onRemove={() => narrow({ outcome: undefined })}
        />
      ) : null}
      {search.decidedFrom && search.decidedFrom === search.decidedTo ? (
        <Chip
          label={`Decided on ${formatDate(search.decidedFrom)}`}
          onRemove={() => narrow({ decidedFrom: undefined, decidedTo: undefined })}
        />
      ) : null}
    </ActiveFilters>
  );
}

type TextFilterProps = { label: string; value: string | undefined; onChange: (value: string) => void };

function TextFilter({ label, value = '', onChange }: TextFilterProps) {
  const [text, setText] = useState(value);
  const settle = useDebouncedCallback((next: string) => onChange(next.trim()), 300);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
    />
  );
}
