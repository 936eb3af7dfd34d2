import { IconMapQuestion } from '@tabler/icons-react';
import { LinkButton } from '@/ui/LinkButton';
import { Page } from '@/ui/Page';
import { Notice } from '@/ui/state/Notice';

export function NotFound() {
  return (
    <Page title="Page not found">
      <Notice
        icon={<IconMapQuestion size={32} />}
        title="There is nothing at this address"
        action={
          <LinkButton to="/inbox" variant="default">
            To the inbox
          </LinkButton>
        }
      >
        The link may be mistyped, or what it pointed to belongs to another organization.
      </Notice>
    </Page>
  );
}
