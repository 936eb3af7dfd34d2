import { createStore, type Store } from './store';

/** A yes-or-no choice kept in this browser. */
export function createPreference(key: string, initial: boolean): Store<boolean> {
  const kept = localStorage.getItem(key);
  const store = createStore(kept === null ? initial : kept === 'yes');
  store.subscribe(() => localStorage.setItem(key, store.get() ? 'yes' : 'no'));
  return store;
}
