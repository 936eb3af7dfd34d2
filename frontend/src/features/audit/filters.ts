import { AUDIT_GROUPS, type AuditSearch } from '@/app/urls';
import type { AuditActionGroup, AuditActorKind, AuditFilter } from '@/graphql/tada';

export const PAGE_SIZE = 25;

/** Who, in the URL, for Upstream itself, which has no id. */
export const SYSTEM = 'upstream';

export const GROUP_LABEL: Record<AuditActionGroup, string> = {
  SIGN_INS: 'Sign-ins',
  PHI: 'Reads of patients',
  EXPORTS: 'Exports',
  QUERIES: 'Saved queries',
  ALERTS: 'Alerts and judgements',
  INTAKE: 'Files taken in',
  MEMBERS_AND_KEYS: 'Members and keys',
  SETTINGS: 'Settings',
  AUDIT: 'Audit trail',
};

export const GROUP_CHOICES = AUDIT_GROUPS.map((group) => ({ value: group, label: GROUP_LABEL[group] }));

export const KIND_LABEL: Record<AuditActorKind, string> = {
  PERSON: 'People',
  SERVICE_KEY: 'Service keys',
  WEBHOOK: 'Webhooks',
  SYSTEM: 'By itself',
};

/** Who is named where nobody of the name is here any more. */
export const NAMELESS: Record<AuditActorKind, string> = {
  PERSON: 'Someone no longer here',
  SERVICE_KEY: 'A service key',
  WEBHOOK: 'A webhook',
  SYSTEM: 'Upstream',
};

/** What may be looked for by its type alone. */
export const TARGET_LABEL: Record<string, string> = {
  alert: 'Alert',
  claim: 'Claim',
  export: 'Export',
  known_event: 'Known event',
  location: 'Location',
  membership: 'Member',
  patient: 'Patient',
  payer: 'Payer',
  row_error: 'Rejected row',
  service_group: 'Service group',
  service_key: 'Service key',
  session: 'Session',
  source_mapping: 'Column mapping',
  upload: 'Upload',
  webhook: 'Webhook',
};

/** The URL's filters as the API's; also what an export of this list is made of. */
export function auditFilter(search: AuditSearch): AuditFilter {
  const filter: AuditFilter = {
    actorId: search.actor === SYSTEM ? undefined : search.actor,
    actorKind: search.actor === SYSTEM ? 'SYSTEM' : undefined,
    group: search.group,
    fromDay: search.from,
    toDay: search.to,
    targetType: search.type,
    targetId: search.type && search.id,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export const isFiltered = (search: AuditSearch): boolean => Object.keys(auditFilter(search)).length > 0;
