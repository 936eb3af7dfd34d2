import { Button, Skeleton } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useCommands } from '@/app/commands/registry';
import { roleLabel } from '@/app/session/roles';
import { usePermission, useViewer } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { useRenewal } from '@/graphql/useRenewal';
import { usePolling } from '@/lib/usePolling';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { type Column, DataTable } from '@/ui/table/DataTable';
import classes from '../list.module.css';
import { SettingsTabs } from '../SettingsTabs';
import { MembersQuery } from './documents';
import { Invitations } from './Invitations';
import { InviteDialog } from './InviteDialog';
import { RemoveDialog } from './RemoveDialog';
import { RoleDialog } from './RoleDialog';
import type { Member } from './useMemberActions';
import { lastSeenWords, rolesToGive, secondFactorWords } from './words';

type Open = { what: 'invite' } | { what: 'role' | 'remove'; member: Member } | null;

const NAME: Column<Member> = {
  id: 'name',
  header: 'Member',
  wrap: true,
  cell: (member) => (
    <>
      <span className={classes.name}>{member.name}</span>
      <span className={classes.detail}>{member.email}</span>
    </>
  ),
};
const ROLE: Column<Member> = { id: 'role', header: 'Role', wrap: true, cell: ({ role }) => roleLabel(role) };
const MANAGED: Column<Member>[] = [
  {
    ...NAME,
    cell: (member) => (
      <>
        {NAME.cell(member)}
        <span className={classes.about}>
          {roleLabel(member.role)} · second factor {secondFactorWords(member).toLowerCase()} · last seen:{' '}
          {lastSeenWords(member).toLowerCase()}
        </span>
      </>
    ),
  },
  { ...ROLE, wideOnly: true },
  {
    id: 'factor',
    header: 'Second factor',
    wideOnly: true,
    cell: (member) => (
      <span className={member.hasSecondFactor ? undefined : classes.over}>{secondFactorWords(member)}</span>
    ),
  },
  { id: 'seen', header: 'Last seen', wideOnly: true, cell: lastSeenWords },
];

export function MembersPage() {
  const viewer = useViewer();
  const manages = usePermission('MEMBERS_WRITE');
  const [open, setOpen] = useState<Open>(null);
  const variables = { manages };
  const [{ data, error }, ask] = useQuery({ query: MembersQuery, variables });
  const renew = useRenewal(MembersQuery, variables, ask);
  const members = data?.members;
  const invitations = data?.invitations;
  const sending = invitations?.some(({ sentAt, sendingFailed }) => !sentAt && !sendingFailed) ?? false;
  usePolling(sending, renew);
  useCommands(
    manages
      ? [{ id: 'invite', label: 'Invite somebody', group: 'Act', keys: 'n', run: () => setOpen({ what: 'invite' }) }]
      : [],
  );
  const roles = useMemo(() => rolesToGive(viewer.role), [viewer.role]);
  const columns = useMemo<Column<Member>[]>(
    () =>
      manages
        ? [
            ...MANAGED,
            {
              id: 'actions',
              header: 'Actions',
              cell: (member) =>
                member.id !== viewer.id && (roles.includes(member.role) || member.role === 'INTEGRATION') ? (
                  <span className={classes.actions}>
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`Change role of ${member.name}`}
                      onClick={() => setOpen({ what: 'role', member })}
                    >
                      Change role
                    </Button>
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`Remove ${member.name}`}
                      onClick={() => setOpen({ what: 'remove', member })}
                    >
                      Remove
                    </Button>
                  </span>
                ) : member.id === viewer.id ? (
                  <span className={classes.over}>You</span>
                ) : null,
            },
          ]
        : [NAME, ROLE],
    [manages, roles, viewer.id],
  );
  const close = () => setOpen(null);

  return (
    <Page
      title="Members"
      lead={`Who works with Upstream at ${viewer.organization.name}`}
      actions={
        manages ? (
          <Button leftSection={<IconUserPlus size={17} />} onClick={() => setOpen({ what: 'invite' })}>
            Invite
          </Button>
        ) : undefined
      }
    >
      <SettingsTabs />
      {members ? (
        <>
          <DataTable caption="Members" columns={columns} rows={members} rowKey={({ id }) => id} />
          {manages ? <Invitations invitations={invitations ?? []} roles={roles} /> : null}
        </>
      ) : error ? (
        <ErrorNotice
          what="the members"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
      {open?.what === 'invite' ? <InviteDialog onClose={close} /> : null}
      {open?.what === 'role' ? <RoleDialog member={open.member} onClose={close} /> : null}
      {open?.what === 'remove' ? <RemoveDialog member={open.member} onClose={close} /> : null}
    </Page>
  );
}
