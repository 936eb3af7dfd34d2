import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useViewer } from '@/app/session/SessionContext';
import type { Permission } from '@/graphql/tada';

type Target = { type: string; label: string; id: string | null };

/** Where a record has a page, who may see it, and the link to it. */
const PAGES: Record<string, [Permission, (label: string, id: string) => ReactElement]> = {
  alert: [
    'ALERTS_READ',
    (label, alertId) => (
      <Link to="/alerts/$alertId" params={{ alertId }}>
        {label}
      </Link>
    ),
  ],
  upload: [
    'UPLOADS_READ',
    (label, uploadId) => (
      <Link to="/uploads/$uploadId" params={{ uploadId }}>
        {label}
      </Link>
    ),
  ],
  payer: [
    'PAYERS_READ',
    (label, payerId) => (
      <Link to="/payers/$payerId" params={{ payerId }}>
        {label}
      </Link>
    ),
  ],
  export: ['EXPORTS_READ', (label) => <Link to="/exports">{label}</Link>],
  source_mapping: ['UPLOADS_READ', (label) => <Link to="/uploads/mappings">{label}</Link>],
  detection_settings: ['SIGNALS_READ', (label) => <Link to="/settings/detection">{label}</Link>],
  known_event: ['SIGNALS_READ', (label) => <Link to="/settings/events">{label}</Link>],
  service_group: ['PAYERS_READ', (label) => <Link to="/settings/groups">{label}</Link>],
  location: ['PAYERS_READ', (label) => <Link to="/settings/locations">{label}</Link>],
  service_key: ['SERVICE_KEYS_WRITE', (label) => <Link to="/settings/keys">{label}</Link>],
  webhook: ['SERVICE_KEYS_WRITE', (label) => <Link to="/settings/webhooks">{label}</Link>],
};

/** What was acted on, by its kind; a link where this person may open it. */
export function TargetLink({ target: { type, label, id } }: { target: Target }) {
  const { permissions } = useViewer();
  const page = PAGES[type];
  return page && id && permissions.includes(page[0]) ? page[1](label, id) : label;
}
