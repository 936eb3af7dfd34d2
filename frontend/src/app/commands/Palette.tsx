import { Kbd } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/spotlight/styles.css';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { IconAlertCircle, IconBuildingBank, IconChevronRight, IconFileInvoice, IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useQuery } from 'urql';
import { useViewer } from '@/app/session/SessionContext';
import { graphql } from '@/graphql/tada';
import { useStore } from '@/lib/store';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { keyLabel } from './KeyHelp';
import { commandStore } from './registry';

const [store, spotlight] = createSpotlight();

const Find = graphql(`
  query Find($text: String!, $claims: Boolean!, $payers: Boolean!, $alerts: Boolean!) {
    claims(filter: { controlNumber: $text }, first: 5) @include(if: $claims) {
      items {
        id
        controlNumber
        payer {
          id
          name
        }
      }
    }
    payers(filter: { search: $text }, first: 5) @include(if: $payers) {
      items {
        id
        name
      }
    }
    alerts(filter: { search: $text }, first: 5) @include(if: $alerts) {
      items {
        id
        headline
      }
    }
  }
`);

/** Ctrl-K: every command of this page, and any claim, payer or alert. */
export default function Palette({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const { permissions } = useViewer();
  const navigate = useNavigate();
  const [{ data, fetching }] = useQuery({
    query: Find,
    variables: {
      text: asked,
      claims: permissions.includes('CLAIMS_READ'),
      payers: permissions.includes('PAYERS_READ'),
      alerts: permissions.includes('ALERTS_READ'),
    },
    pause: asked.length < 2,
  });
  const found = asked.length < 2 ? undefined : data;
  const commands = useStore(commandStore)
    .flatMap((each) => each.commands)
    .filter((command) => command.run && !command.keyboardOnly && command.id !== 'palette')
    .filter((command) => command.label.toLowerCase().includes(text.trim().toLowerCase()));

  useEffect(() => {
    spotlight.open();
  }, []);

  return (
    <Spotlight.Root
      store={store}
      query={text}
      onQueryChange={setText}
      onSpotlightClose={onClose}
      shortcut={null}
      maxHeight={440}
      scrollable
    >
      <Spotlight.Search
        placeholder="A claim's control number, a payer, an alert, a command"
        aria-label="Search and commands"
        leftSection={<IconSearch size={18} />}
      />
      <Spotlight.ActionsList>
        {found?.alerts?.items.map(({ id, headline }) => (
          <Spotlight.Action
            key={id}
            label={headline}
            leftSection={<IconAlertCircle size={18} />}
            onClick={() => void navigate({ to: '/alerts/$alertId', params: { alertId: id } })}
          />
        ))}
        {found?.payers?.items.map(({ id, name }) => (
          <Spotlight.Action
            key={id}
            label={name}
            description="Payer"
            leftSection={<IconBuildingBank size={18} />}
            onClick={() => void navigate({ to: '/payers/$payerId', params: { payerId: id } })}
          />
        ))}
        {found?.claims?.items.map(({ id, controlNumber, payer }) => (
          <Spotlight.Action
            key={id}
            label={controlNumber}
            description={`Claim · ${payer.name}`}
            leftSection={<IconFileInvoice size={18} />}
            onClick={() => void navigate({ to: '/claims/$claimId', params: { claimId: id } })}
          />
        ))}
        {commands.map((command) => (
          <Spotlight.Action
            key={command.id}
            label={command.group === 'Go to' ? `Go to ${command.label}` : command.label}
            leftSection={<IconChevronRight size={18} />}
            rightSection={command.keys?.split(' ').map((key) => (
              <Kbd key={key} size="xs">
                {keyLabel(key)}
              </Kbd>
            ))}
            onClick={command.run}
          />
        ))}
        {commands.length === 0 && !found?.claims?.items.length && !found?.payers?.items.length ? (
          <Spotlight.Empty>{fetching ? 'Searching…' : 'Nothing found'}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
