import { createStore, type Store } from '@/lib/store';

/** The one question whether it is really you: whoever needs the answer asks, the dialog gives it to all who wait. */
export type StepUp = Store<{ asked: boolean }> & {
  /** Resolves to whether the person confirmed. */
  ask: () => Promise<boolean>;
  answer: (confirmed: boolean) => void;
};

export function createStepUp(): StepUp {
  const store = createStore({ asked: false });
  let waiting: ((confirmed: boolean) => void)[] = [];
  return {
    ...store,
    ask: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        store.set({ asked: true });
      }),
    answer(confirmed) {
      const answered = waiting;
      waiting = [];
      store.set({ asked: false });
      for (const resolve of answered) resolve(confirmed);
    },
  };
}
