/** How numbers, money and dates are written, everywhere on screen. Dates are calendar dates; moments are shown in the reader's own zone. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const cents = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat('en-US', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const wholePercent = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
const quantity = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const dayNoYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export const NOTHING = '–';

export const formatCount = (value: number): string => whole.format(value);
export const formatDecimal = (value: number): string => oneDecimal.format(value);

/** Money as the API sends it (a decimal string), to the cent. The string goes to Intl unconverted, so no digit is lost. */
export const formatMoney = (value: string | null): string =>
  value === null ? NOTHING : cents.format(value as Intl.StringNumericLiteral);

/** Money to the whole dollar, for comparing. */
export const formatDollars = (value: string | null): string =>
  value === null ? NOTHING : dollars.format(value as Intl.StringNumericLiteral);

/** A share 0..1 in percent. */
export const formatShare = (value: number | null): string => (value === null ? NOTHING : percent.format(value));

/** A share on an axis, where every tick is a round number. */
export const formatShareTick = (value: number): string => wholePercent.format(value);

/** Units and the like, from a decimal string: no zeros that say nothing. */
export const formatQuantity = (value: string | null): string =>
  value === null ? NOTHING : quantity.format(value as Intl.StringNumericLiteral);

export const formatDays = (value: number | null): string =>
  value === null ? NOTHING : `${oneDecimal.format(value)} ${value === 1 ? 'day' : 'days'}`;

const utc = (date: string): Date => new Date(`${date}T00:00:00Z`);

export const formatDate = (date: string | null): string => (date === null ? NOTHING : day.format(utc(date)));
export const formatDayMonth = (date: string): string => dayNoYear.format(utc(date));
export const formatMoment = (at: string): string => moment.format(new Date(at));

/** "5 minutes ago", "in 3 days": how far a moment is from now. */
export function formatRelative(at: string, now: number = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ];
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return 'just now';
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${oneDecimal.format(bytes / 1000 ** power)} ${units[power]}`;
}

/** How sure, in words; the percentage stands beside it. */
export function certaintyWords(certainty: number): string {
  if (certainty >= 0.995) return 'Almost certain';
  if (certainty >= 0.95) return 'Very likely';
  if (certainty >= 0.8) return 'Likely';
  return 'Possible';
}

/** Certainty in percent, never rounded up to 100: evidence is not proof. */
export const formatCertainty = (certainty: number): string =>
  certainty > 0.999 ? '>99.9%' : percent.format(Math.floor(certainty * 1000) / 1000);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
