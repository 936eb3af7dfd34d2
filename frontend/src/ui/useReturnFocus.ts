import { useEffect, useState } from 'react';

/** Gives the focus back to what had it, for dialogs that are on the page only while they are open. */
export function useReturnFocus(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(() => () => (before instanceof HTMLElement ? before.focus({ preventScroll: true }) : undefined), [before]);
}
