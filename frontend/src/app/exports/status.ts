import type { ResultOf } from '@/graphql/tada';
import { EXPORT_KIND_LABEL } from '@/graphql/words';
import { formatBytes, formatCount, formatRelative, plural } from '@/lib/format';
import type { ExportFragment } from './documents';

export type ExportItem = ResultOf<typeof ExportFragment>;
type ExportPhase = 'queued' | 'running' | 'ready' | 'expired' | 'failed' | 'cancelled';

export function exportPhase(item: Pick<ExportItem, 'job' | 'expired'>): ExportPhase {
  switch (item.job.state) {
    case 'QUEUED':
      return 'queued';
    case 'RUNNING':
      return 'running';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'SUCCEEDED':
      return item.expired ? 'expired' : 'ready';
  }
}

/** One line on where an export stands. */
export function exportStatus(item: ExportItem): string {
  const { progressDone, progressTotal, progressLabel, error } = item.job;
  switch (exportPhase(item)) {
    case 'queued':
      return 'Waiting for its turn';
    case 'running':
      return [
        progressLabel || 'Being made',
        progressTotal ? `${formatCount(progressDone)} of ${formatCount(progressTotal)}` : null,
      ]
        .filter(Boolean)
        .join(' · ');
    case 'ready':
      return [
        EXPORT_KIND_LABEL[item.kind],
        item.rows === null || item.kind === 'ALERT_PDF' ? null : plural(item.rows, 'row'),
        item.sizeBytes === null ? null : formatBytes(item.sizeBytes),
        item.expiresAt === null ? null : `expires ${formatRelative(item.expiresAt)}`,
      ]
        .filter(Boolean)
        .join(' · ');
    case 'expired':
      return 'Expired. Make it again to download it';
    case 'failed':
      return error?.message ?? 'It could not be made';
    case 'cancelled':
      return 'Cancelled';
  }
}

export const isActive = (state: ExportItem['job']['state']): boolean => state === 'QUEUED' || state === 'RUNNING';
