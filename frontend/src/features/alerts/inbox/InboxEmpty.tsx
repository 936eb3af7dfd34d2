import { IconFileUpload, IconFilterOff, IconMoodCheck } from '@tabler/icons-react';
import { useViewer } from '@/app/session/SessionContext';
import type { InboxSearch } from '@/app/urls';
import { LinkButton } from '@/ui/LinkButton';
import { Notice } from '@/ui/state/Notice';

/** An empty inbox is good news, a filter too narrow, or an organization without data: each says what to do. */
export function InboxEmpty({ search, allCount }: { search: InboxSearch; allCount: number | undefined }) {
  const { organization } = useViewer();
  if (search.kind || search.payer || search.q) {
    return (
      <Notice
        icon={<IconFilterOff size={32} />}
        title="No alert fits these filters"
        action={
          <LinkButton to="/inbox" variant="default">
            Clear filters
          </LinkButton>
        }
      />
    );
  }
  if (!organization.dataThrough) {
    return (
      <Notice
        icon={<IconFileUpload size={32} />}
        title="No claims yet"
        action={<LinkButton to="/uploads">Upload claims</LinkButton>}
      >
        Upload the claims and remittances you already have: a CSV from your practice management system, 835 and 837
        files, or FHIR. Upstream watches every payer with enough decided claims and says here when one changes.
      </Notice>
    );
  }
  const state = search.state ?? 'OPEN';
  return (
    <Notice
      icon={<IconMoodCheck size={32} />}
      title={state === 'OPEN' ? 'Nothing needs you now' : 'None here'}
      action={
        allCount && state !== 'ALL' ? (
          <LinkButton to="/inbox" search={{ state: 'ALL' }} variant="default">
            See all alerts
          </LinkButton>
        ) : undefined
      }
    >
      {state === 'OPEN'
        ? 'No payer has changed in a way that is waiting for a decision. New alerts appear here as soon as the evidence is there.'
        : 'No alert is in this state.'}
    </Notice>
  );
}
