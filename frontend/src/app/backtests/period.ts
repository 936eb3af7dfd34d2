import { addDays } from '@/lib/dates';

const DAYS_A_YEAR = 365;

/** The year of data that ends on a day, both ends included. */
export const yearThrough = (day: string): { from: string; to: string } => ({
  from: addDays(day, 1 - DAYS_A_YEAR),
  to: day,
});
