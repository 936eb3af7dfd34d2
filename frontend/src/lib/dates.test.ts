import { expect, it } from 'vitest';
import { addDays, daysBetween, isIsoDate, nextMonday, today } from './dates';

it('adds days over months, years and the change of clocks', () => {
  expect(addDays('2026-02-27', 3)).toBe('2026-03-02');
  expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  expect(addDays('2026-03-28', 2)).toBe('2026-03-30');
});

it('counts the days between', () => expect(daysBetween('2024-02-28', '2024-03-01')).toBe(2));

it('knows dates from look-alikes', () => {
  expect(['2026-03-01', '2026-13-01', '2026-3-1', 'today'].map(isIsoDate)).toEqual([true, false, false, false]);
});

it('finds the coming Monday, a week on from a Monday', () => {
  expect(nextMonday('2026-05-12')).toBe('2026-05-18');
  expect(nextMonday('2026-05-17')).toBe('2026-05-18');
  expect(nextMonday('2026-05-18')).toBe('2026-05-25');
});

it("takes today from the reader's own calendar", () => expect(today(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05'));
