import { Button } from '@mantine/core';
import { IconAlertTriangle, IconLock } from '@tabler/icons-react';
import { Notice } from './Notice';

export type Failure = { message: string; permission?: string };

type ErrorNoticeProps = { what: string; failure: Failure; onRetry?: () => void };

/** Says what could not be shown and why, and tries again in place; a refusal says whom to ask. */
export function ErrorNotice({ what, failure, onRetry }: ErrorNoticeProps) {
  if (failure.permission) {
    return (
      <Notice icon={<IconLock size={32} />} title={`Your role does not show ${what}`} role="status">
        It needs the permission “{failure.permission.toLowerCase().replaceAll('_', ' ')}”. An owner or administrator of
        your organization can change your role.
      </Notice>
    );
  }
  return (
    <Notice
      icon={<IconAlertTriangle size={32} />}
      title={`We could not load ${what}`}
      role="alert"
      action={
        onRetry ? (
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        ) : undefined
      }
    >
      {failure.message}
    </Notice>
  );
}
