import { renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextWait, usePolling } from './usePolling';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('asks each second while something is under way', () => {
  const ask = vi.fn();
  renderHook(() => usePolling(true, ask));
  vi.advanceTimersByTime(5_000);
  expect(ask).toHaveBeenCalledTimes(5);
});

it('asks ever more rarely otherwise, at most every five minutes', () => {
  const waits = [nextWait(false, 0)];
  for (let step = 0; step < 8; step += 1) waits.push(nextWait(false, waits.at(-1) as number));
  expect(waits.map((wait) => wait / 1000)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
});

it('does not ask in a hidden tab, and at once when it is seen again', () => {
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  const ask = vi.fn();
  renderHook(() => usePolling(true, ask));
  vi.advanceTimersByTime(10_000);
  expect(ask).not.toHaveBeenCalled();
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(ask).toHaveBeenCalledTimes(1);
});
