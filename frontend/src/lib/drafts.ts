import { useState } from 'react';

const drafts = new Map<string, unknown>();

/**
 * State of a form that outlives its page: moving away, or being signed out and in again, loses nothing typed. Kept in
 * memory only, as notes may speak of patients; the key names the person, so nobody finds another's words.
 */
export function useDraft<Value>(key: string, initial: Value): [Value, (value: Value) => void, () => void] {
  const [, redraw] = useState(0);
  const value = drafts.has(key) ? (drafts.get(key) as Value) : initial;
  const set = (next: Value) => {
    drafts.set(key, next);
    redraw((count) => count + 1);
  };
  const clear = () => {
    drafts.delete(key);
    redraw((count) => count + 1);
  };
  return [value, set, clear];
}
