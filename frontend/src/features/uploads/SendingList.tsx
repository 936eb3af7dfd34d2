import { Button, CloseButton, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Sending } from '@/app/uploads/queue';
import { useUploadQueue } from '@/app/uploads/UploadsContext';
import { formatBytes, formatShare } from '@/lib/format';
import { useStore } from '@/lib/store';
import classes from './uploads.module.css';

/** Files on their way from this tab, byte by byte; then what became of them. */
export function SendingList() {
  const queue = useUploadQueue();
  const sendings = useStore(queue);
  if (sendings.length === 0) return null;
  return (
    <ul className={classes.sendings} aria-label="Files being sent">
      {sendings.map((sending) => (
        <SendingRow
          key={sending.key}
          sending={sending}
          onRetry={() => queue.retry(sending.key)}
          onPause={() => queue.pause(sending.key)}
          onCancel={() => queue.cancel(sending.key)}
          onDismiss={() => queue.dismiss(sending.key)}
        />
      ))}
    </ul>
  );
}

function status({ state, sentBytes, totalBytes, problem, duplicate }: Sending): string {
  switch (state) {
    case 'waiting':
      return 'Waiting for the file before it';
    case 'sending':
      return `${formatBytes(sentBytes)} of ${formatBytes(totalBytes)} sent`;
    case 'paused':
      return `Paused; ${formatBytes(sentBytes)} of ${formatBytes(totalBytes)} have arrived and are kept for a day`;
    case 'received':
      return duplicate ? 'This very file was uploaded before: nothing changes.' : 'Received; reading it goes on below.';
    case 'failed':
      return problem ?? 'Not sent';
  }
}

type SendingRowProps = Record<'onRetry' | 'onPause' | 'onCancel' | 'onDismiss', () => void> & { sending: Sending };

function SendingRow({ sending, onRetry, onPause, onCancel, onDismiss }: SendingRowProps) {
  const { fileName, state, inParts, sentBytes, totalBytes, uploadId } = sending;
  const share = totalBytes > 0 ? sentBytes / totalBytes : 0;
  return (
    <li className={classes.sending}>
      <div className={classes.what}>
        {uploadId ? (
          <Link to="/uploads/$uploadId" params={{ uploadId }} className={classes.name}>
            {fileName}
          </Link>
        ) : (
          <span className={classes.name}>{fileName}</span>
        )}
        <span
          className={state === 'failed' ? classes.failed : classes.meta}
          role={state === 'failed' ? 'alert' : undefined}
        >
          {status(sending)}
        </span>
        {state === 'sending' || state === 'paused' ? (
          <Progress size="sm" mt={6} value={share * 100} aria-label={`${fileName}: ${formatShare(share)} sent`} />
        ) : null}
      </div>
      {inParts && state === 'sending' ? (
        <Button size="compact-sm" variant="default" onClick={onPause} aria-label={`Pause ${fileName}`}>
          Pause
        </Button>
      ) : null}
      {state === 'failed' || state === 'paused' ? (
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          {inParts ? 'Go on' : 'Send again'}
        </Button>
      ) : null}
      {inParts && state !== 'received' ? (
        <CloseButton aria-label={`Cancel ${fileName}`} onClick={onCancel} />
      ) : state === 'received' || state === 'failed' ? (
        <CloseButton aria-label={`Dismiss ${fileName}`} onClick={onDismiss} />
      ) : null}
    </li>
  );
}
