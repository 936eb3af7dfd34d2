import { CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { usePermission } from '@/app/session/SessionContext';
import { ALERT_STATES, type InboxSearch, SIGNAL_KINDS } from '@/app/urls';
import { PayerChoicesQuery } from '@/graphql/choices';
import type { ResultOf } from '@/graphql/tada';
import { KIND_LABEL } from '@/graphql/words';
import { formatCount } from '@/lib/format';
import type { InboxCountsQuery } from '../documents';
import { STATE_LABEL } from '../words';
import classes from './filters.module.css';

type InboxFiltersProps = { search: InboxSearch; counts: ResultOf<typeof InboxCountsQuery> | undefined };

const TABS = [...ALERT_STATES, 'ALL'] as const;

/** Which alerts are listed, and in which order. All of it lives in the URL. */
export function InboxFilters({ search, counts }: InboxFiltersProps) {
  const navigate = useNavigate();
  const seesPayers = usePermission('PAYERS_READ');
  const [{ data }] = useQuery({ query: PayerChoicesQuery, pause: !seesPayers });
  const narrow = (change: Partial<InboxSearch>) =>
    void navigate({ to: '/inbox', search: { ...search, after: undefined, page: undefined, ...change }, replace: true });

  return (
    <div className={classes.bar}>
      <nav className={classes.tabs} aria-label="State of the alerts">
        {TABS.map((state) => {
          const active = state === (search.state ?? 'OPEN');
          return (
            <Link
              key={state}
              to="/inbox"
              search={{ ...search, state: state === 'OPEN' ? undefined : state, after: undefined, page: undefined }}
              className={classes.tab}
              data-active={active || undefined}
              aria-current={active ? 'true' : undefined}
            >
              {state === 'ALL' ? 'All' : STATE_LABEL[state]}
              <span className={classes.count}>{counts?.[state] ? formatCount(counts[state].totalCount) : ''}</span>
            </Link>
          );
        })}
      </nav>
      <div className={classes.fields}>
        <SearchField value={search.q ?? ''} onChange={(q) => narrow({ q: q || undefined })} />
        <NativeSelect
          aria-label="Kind of change"
          value={search.kind ?? ''}
          onChange={(event) => narrow({ kind: (event.currentTarget.value || undefined) as InboxSearch['kind'] })}
          data={[
            { value: '', label: 'All kinds' },
            ...SIGNAL_KINDS.map((kind) => ({ value: kind, label: KIND_LABEL[kind] })),
          ]}
        />
        {seesPayers ? (
          <NativeSelect
            aria-label="Payer"
            value={search.payer ?? ''}
            onChange={(event) => narrow({ payer: event.currentTarget.value || undefined })}
            data={[
              { value: '', label: 'All payers' },
              ...(data?.payers?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        ) : null}
        <NativeSelect
          aria-label="Order"
          value={search.order ?? ''}
          onChange={(event) => narrow({ order: (event.currentTarget.value || undefined) as InboxSearch['order'] })}
          data={[
            { value: '', label: 'Most urgent first' },
            { value: 'MONEY', label: 'Most money first' },
            { value: 'NEWEST', label: 'Newest first' },
          ]}
        />
      </div>
    </div>
  );
}

/** Typing filters after a short pause; "/" goes to it. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const settle = useDebouncedCallback(onChange, 300);
  useEffect(() => setText(value), [value]);
  useCommands([
    { id: 'search-alerts', label: 'Search alerts', group: 'Move', keys: '/', run: () => input.current?.focus() },
  ]);
  const type = (next: string) => {
    setText(next);
    settle(next.trim());
  };
  return (
    <TextInput
      ref={input}
      className={classes.search}
      aria-label="Search alerts"
      placeholder="Search alerts"
      leftSection={<IconSearch size={16} aria-hidden="true" />}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => type('')} /> : null}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
