import { parse, print, visit } from 'graphql';
import { useMemo } from 'react';
import { useViewer } from '@/app/session/SessionContext';
import { createStore, type Store } from '@/lib/store';

/** A query that was run. Neither its answer nor its variables are kept. */
export type Past = { text: string; at: string };

const MOST = 50;
const KEPT_IN_QUOTES = /^(\d{4}-\d{2}-\d{2}.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/**
 * The text as it may be kept on a device: what stands in quotes may be of a patient and is left out, but for dates and
 * ids. A text without any stays as it was written.
 */
export function keepable(text: string): string {
  let left = false;
  const document = visit(parse(text), {
    StringValue: (node) => {
      if (node.value === '' || KEPT_IN_QUOTES.test(node.value)) return undefined;
      left = true;
      return { ...node, value: '', block: false };
    },
  });
  return left || text.includes('#') ? print(document) : text;
}

/** The last queries of one person in one organization, on this device. */
export function createHistory(key: string): Store<Past[]> & { add: (text: string) => void; clear: () => void } {
  const store = createStore<Past[]>(readKept(key));
  const keep = (past: Past[]) => {
    store.set(past);
    localStorage.setItem(key, JSON.stringify(past));
  };
  return {
    ...store,
    add: (text) => {
      const kept = keepable(text);
      const others = store.get().filter((past) => past.text !== kept);
      keep([{ text: kept, at: new Date().toISOString() }, ...others].slice(0, MOST));
    },
    clear: () => {
      store.set([]);
      localStorage.removeItem(key);
    },
  };
}

function readKept(key: string): Past[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((past: Partial<Past>) => past?.text && past.at).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function useHistory() {
  const { id, organization } = useViewer();
  return useMemo(() => createHistory(`upstream.explored.${organization.id}.${id}`), [id, organization.id]);
}
