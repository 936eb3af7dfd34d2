import { roleLabel } from '@/app/session/roles';
import { useViewer } from '@/app/session/SessionContext';
import type { Permission } from '@/graphql/tada';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';

/** Stands in for a part of the product this person's role does not show; nothing of it is asked for. */
export function NoPermission({ part, permission }: { part: string; permission: Permission }) {
  const { role } = useViewer();
  return (
    <Page title={part} lead={`You are signed in as ${roleLabel(role).toLowerCase()}`}>
      <ErrorNotice what={part.toLowerCase()} failure={{ message: '', permission }} />
    </Page>
  );
}
