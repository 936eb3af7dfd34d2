import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useClient } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { formatCount, formatMoment } from '@/lib/format';
import { Card } from '@/ui/Card';
import { useReturnFocus } from '@/ui/useReturnFocus';
import { UndoUpload } from './documents';
import { JobStatus } from './JobStatus';
import type { Upload } from './UploadPage';

function useTakeBack(upload: Upload) {
  const client = useClient();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const takeBack = async () => {
    setBusy(true);
    const answer = await client.mutation(UndoUpload, { id: upload.id });
    setBusy(false);
    const found = answer.error ? explain(answer.error).message : answer.data?.undoUpload?.errors[0]?.message;
    setProblem(found ?? '');
    return !found;
  };
  return { takeBack, problem, busy };
}

/** Asks before, with the number of claims it is about. */
export function TakeBackDialog({ upload, onClose }: { upload: Upload; onClose: () => void }) {
  useReturnFocus();
  const { takeBack, problem, busy } = useTakeBack(upload);
  const confirm = async () => {
    if (await takeBack()) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Take “${upload.fileName}” back?`} size="md">
      <Stack gap="sm">
        <Text size="sm">{concerned(upload)}</Text>
        <Text size="sm">What other uploads told of them stays. The file can be sent again afterwards.</Text>
        {problem ? (
          <Text size="sm" c="red" role="alert">
            {problem}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()}>
            Take back
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function concerned(upload: Upload) {
  if (upload.kind === 'ARCHIVE') return 'All files of the archive are taken back with it.';
  return `It brought ${formatCount(upload.claimsCreated)} new claims and changed ${formatCount(upload.claimsUpdated)}: they become as if it had never come.`;
}

/** That the upload is being taken back, was, or could not be. */
export function TakenBack({ upload }: { upload: Upload }) {
  const { takeBack, problem, busy } = useTakeBack(upload);
  const mayUpload = usePermission('UPLOADS_WRITE');
  const job = upload.undoJob;
  if (upload.undoneAt) {
    return (
      <Alert color="gray" title="This upload was taken back">
        {upload.undoneBy ? `${upload.undoneBy.name} took it back` : 'It was taken back'} (
        {formatMoment(upload.undoneAt)}
        ). Nothing of it counts any more. To have the file read again, send it again.
      </Alert>
    );
  }
  if (!job) return null;
  const failed = job.state === 'FAILED' || job.state === 'CANCELLED';
  return (
    <Card
      title={failed ? 'This upload could not be taken back wholly' : 'Being taken back'}
      aside={
        failed && mayUpload ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={busy}
            leftSection={<IconRefresh size={15} />}
            onClick={() => void takeBack()}
          >
            Go on
          </Button>
        ) : undefined
      }
    >
      <JobStatus data={job} />
      {problem ? <p role="alert">{problem}</p> : null}
    </Card>
  );
}
