import { formatMoment } from '@/lib/format';
import type { Schedule } from './useSavedQueries';

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export const hourWords = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

/** When a query is carried out, in words. */
export function scheduleWords({ frequency, weekday, dayOfMonth, hour, timeZone }: Schedule): string {
  const day =
    frequency === 'WEEKLY'
      ? `Every ${WEEKDAYS[(weekday ?? 1) - 1]}`
      : frequency === 'MONTHLY'
        ? `On day ${dayOfMonth} of each month`
        : 'Every day';
  return `${day} at ${hourWords(hour)}, ${timeZone.replaceAll('_', ' ')}`;
}

/** What comes next, or why nothing does. */
export const standing = ({ stoppedAt, stoppedBecause, nextRunAt }: Schedule): string =>
  stoppedAt ? `Stopped ${formatMoment(stoppedAt)}: ${stoppedBecause}` : `Next on ${formatMoment(nextRunAt)}`;
