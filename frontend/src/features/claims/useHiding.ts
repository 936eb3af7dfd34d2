import { useEffect } from 'react';

export const HIDE_AFTER_MS = 5 * 60_000;

/** Hides what is `shown` of patients after five minutes, and as soon as the tab is left. */
export function useHiding(shown: boolean, hide: () => void) {
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(hide, HIDE_AFTER_MS);
    const onVisibility = () => (document.hidden ? hide() : undefined);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [shown, hide]);
}
