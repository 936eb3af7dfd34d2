import { usePermission } from '@/app/session/SessionContext';
import { LinkButton } from '@/ui/LinkButton';

/** From a record's page to what the audit trail tells of it, for those who may read the trail. */
export function AuditLink({ type, id }: { type: 'alert' | 'claim' | 'upload'; id: string }) {
  const reads = usePermission('AUDIT_READ');
  return reads ? (
    <LinkButton to="/audit" search={{ type, id }} variant="default">
      Audit trail
    </LinkButton>
  ) : null;
}
