import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from 'urql';
import type { AuditSearch } from '@/app/urls';
import type { ResultOf } from '@/graphql/tada';
import classes from './audit.module.css';
import { AuditActorsQuery } from './documents';
import { GROUP_CHOICES, isFiltered, KIND_LABEL, NAMELESS, SYSTEM, TARGET_LABEL } from './filters';

type Actor = NonNullable<ResultOf<typeof AuditActorsQuery>['auditActors']>[number];

const choiceOf = ({ id }: Actor): string => id ?? SYSTEM;

/** Which events are listed; all of it lives in the URL. */
export function AuditFilters({ search }: { search: AuditSearch }) {
  const navigate = useNavigate();
  const [{ data }] = useQuery({ query: AuditActorsQuery });
  const [open, setOpen] = useState(false);
  const actors = data?.auditActors ?? [];
  const gone = search.actor && data && !actors.some((actor) => choiceOf(actor) === search.actor);
  const kinds = [...new Set(actors.map(({ kind }) => kind))];
  const narrow = (change: Partial<AuditSearch>) =>
    void navigate({ to: '/audit', search: { ...search, after: undefined, page: undefined, ...change }, replace: true });

  return (
    <div className={classes.filters}>
      <Button
        variant="default"
        fullWidth
        hiddenFrom="sm"
        aria-expanded={open}
        leftSection={<IconFilter size={16} />}
        onClick={() => setOpen(!open)}
      >
        {open ? 'Hide filters' : 'Filters'}
      </Button>
      <div className={classes.row} data-open={open}>
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
        <Day label="From (UTC)" value={search.from} onChange={(from) => narrow({ from })} />
        <Day label="To (UTC)" value={search.to} onChange={(to) => narrow({ to })} />
      </div>
      {isFiltered(search) ? (
        <div className={classes.chips}>
          {search.type && search.id ? (
            <span className={classes.chip}>
              {search.type === 'claim'
                ? 'Of one claim’s patient'
                : `One ${(TARGET_LABEL[search.type] ?? 'record').toLowerCase()}`}
              <CloseButton
                size="xs"
                aria-label="Remove the filter for one record"
                onClick={() => narrow({ id: undefined, type: search.type === 'claim' ? undefined : search.type })}
              />
            </span>
          ) : null}
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => void navigate({ to: '/audit', search: {} })}
          >
            Clear filters
          </Button>
        </div>
      ) : null}
    </div>
  );
}

type DayProps = { label: string; value: string | undefined; onChange: (value: string | undefined) => void };

const Day = ({ label, value = '', onChange }: DayProps) => (
  <TextInput
    type="date"
    label={label}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value || undefined)}
  />
);
