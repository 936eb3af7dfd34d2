import { afterEach, expect, it, vi } from 'vitest';
import { idleness, lastTouch, WARNING_MS, watchIdleness } from './idle';

const IDLE_LIMIT_MS = 30 * 60_000;

afterEach(() => vi.useRealTimers());

it('warns two minutes before the limit without a touch', () => {
  expect(idleness(IDLE_LIMIT_MS - WARNING_MS - 1, 0, IDLE_LIMIT_MS)).toEqual({ phase: 'active' });
  expect(idleness(IDLE_LIMIT_MS - WARNING_MS, 0, IDLE_LIMIT_MS)).toEqual({ phase: 'warning', secondsLeft: 120 });
  expect(idleness(IDLE_LIMIT_MS - 1, 0, IDLE_LIMIT_MS)).toEqual({ phase: 'warning', secondsLeft: 1 });
  expect(idleness(IDLE_LIMIT_MS, 0, IDLE_LIMIT_MS)).toEqual({ phase: 'over' });
});

it('counts a touch in any tab, but once warned only the answer to the warning', () => {
  vi.useFakeTimers({ now: 1_000_000_000 });
  const seen: string[] = [];
  const stop = watchIdleness(IDLE_LIMIT_MS, ({ phase }) => seen.push(phase));

  vi.advanceTimersByTime(IDLE_LIMIT_MS - WARNING_MS - 2_000);
  dispatchEvent(new Event('keydown'));
  expect(lastTouch()).toBe(Date.now());

  vi.advanceTimersByTime(IDLE_LIMIT_MS - WARNING_MS + 1_000);
  expect(seen.at(-1)).toBe('warning');
  const before = lastTouch();
  dispatchEvent(new Event('pointerdown'));
  expect(lastTouch()).toBe(before);

  vi.advanceTimersByTime(WARNING_MS);
  expect(seen.at(-1)).toBe('over');
  stop();
});
