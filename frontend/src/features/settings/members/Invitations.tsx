import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { roleLabel } from '@/app/session/roles';
import { sayProblem } from '@/app/undo/undo';
import type { Problem } from '@/graphql/problem';
import type { Role } from '@/graphql/tada';
import { type Column, DataTable } from '@/ui/table/DataTable';
import classes from '../list.module.css';
import { type Invitation, useMemberActions } from './useMemberActions';
import { invitationWords } from './words';

const tell = async (done: Promise<Problem | null>) => {
  const problem = await done;
  if (problem) sayProblem(problem.message);
};

/** Who was asked and has not answered yet; `roles` are those the person who looks may give. */
export function Invitations({ invitations, roles }: { invitations: readonly Invitation[]; roles: readonly Role[] }) {
  const { resend, revoke } = useMemberActions();
  const columns = useMemo<Column<Invitation>[]>(
    () => [
      {
        id: 'name',
        header: 'Person',
        wrap: true,
        cell: (each) => (
          <>
            <span className={classes.name}>{each.name}</span>
            <span className={classes.detail}>{each.email}</span>
            <span className={classes.about}>
              {roleLabel(each.role)} · <State invitation={each} />
            </span>
          </>
        ),
      },
      { id: 'role', header: 'Role', wideOnly: true, cell: ({ role }) => roleLabel(role) },
      { id: 'by', header: 'By', wideOnly: true, cell: ({ invitedBy }) => invitedBy?.name ?? '–' },
      { id: 'state', header: 'Counts', wideOnly: true, cell: (each) => <State invitation={each} /> },
      {
        id: 'actions',
        header: 'Actions',
        cell: (each) =>
          roles.includes(each.role) ? (
            <span className={classes.actions}>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Send again to ${each.name}`}
                onClick={() => void tell(resend(each))}
              >
                Send again
              </Button>
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Revoke the invitation of ${each.name}`}
                onClick={() => void tell(revoke(each))}
              >
                Revoke
              </Button>
            </span>
          ) : null,
      },
    ],
    [resend, revoke, roles],
  );
  return (
    <section aria-labelledby="invited">
      <h2 className={classes.part} id="invited">
        Invited
      </h2>
      {invitations.length > 0 ? (
        <DataTable caption="Invitations" columns={columns} rows={invitations} rowKey={({ id }) => id} />
      ) : (
        <p className={classes.none}>Nobody is being waited for.</p>
      )}
    </section>
  );
}

function State({ invitation }: { invitation: Invitation }) {
  return <span className={invitation.sendingFailed ? classes.wrong : undefined}>{invitationWords(invitation)}</span>;
}
