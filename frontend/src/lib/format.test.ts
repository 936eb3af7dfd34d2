import { describe, expect, it } from 'vitest';
import {
  certaintyWords,
  formatBytes,
  formatCertainty,
  formatDate,
  formatDays,
  formatDollars,
  formatMoney,
  formatQuantity,
  formatRelative,
  formatShare,
  formatShareTick,
  NOTHING,
  plural,
} from './format';

describe('money', () => {
  it('is written to the cent, from the decimal string itself', () => {
    expect(formatMoney('1234.5')).toBe('$1,234.50');
    expect(formatMoney('-12.00')).toBe('-$12.00');
  });
  it('keeps digits a double would lose', () => {
    expect(formatMoney('90071992547409931.25')).toBe('$90,071,992,547,409,931.25');
  });
  it('is rounded to the dollar for comparing', () => expect(formatDollars('4210.50')).toBe('$4,211'));
  it('says that it is unknown', () => expect(formatMoney(null)).toBe(NOTHING));
});

describe('dates', () => {
  it('are calendar dates, the same in every time zone', () => expect(formatDate('2026-03-01')).toBe('1 Mar 2026'));
  it('may be unknown', () => expect(formatDate(null)).toBe(NOTHING));
});

describe('shares and counts', () => {
  it.each([
    [0.148, '14.8%'],
    [0, '0.0%'],
    [1, '100.0%'],
  ])('%f is %s', (share, text) => expect(formatShare(share)).toBe(text));
  it('drop zeros that say nothing from quantities, and decimals from axes', () => {
    expect(['1.000', '2.500', null].map(formatQuantity)).toEqual(['1', '2.5', NOTHING]);
    expect([0.2, 0.025].map(formatShareTick)).toEqual(['20%', '2.5%']);
  });
  it('count in the right number', () => {
    expect(plural(1, 'alert')).toBe('1 alert');
    expect(plural(1200, 'alert')).toBe('1,200 alerts');
    expect(formatDays(1)).toBe('1 day');
  });
  it.each([
    [999, '999 bytes'],
    [1000, '1 kB'],
    [482_133, '482.1 kB'],
    [5_000_000_000_000, '5,000 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('certainty', () => {
  it('is never rounded up to certain', () => {
    expect(formatCertainty(0.99999)).toBe('>99.9%');
    expect(formatCertainty(0.9989)).toBe('99.8%');
  });
  it('has a word for each degree', () => {
    expect([0.6, 0.8, 0.95, 0.996].map(certaintyWords)).toEqual([
      'Possible',
      'Likely',
      'Very likely',
      'Almost certain',
    ]);
  });
});

describe('distance from now', () => {
  const now = Date.parse('2026-05-12T12:00:00Z');
  it.each([
    ['2026-05-12T11:59:50Z', 'just now'],
    ['2026-05-12T11:55:00Z', '5 minutes ago'],
    ['2026-05-13T11:00:00Z', 'in 23 hours'],
    ['2026-05-10T12:00:00Z', '2 days ago'],
  ])('%s is %s', (at, text) => expect(formatRelative(at, now)).toBe(text));
});
