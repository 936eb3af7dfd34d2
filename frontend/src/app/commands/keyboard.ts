import { useEffect } from 'react';
import { allCommands, letterKeys } from './registry';

const SECOND_KEY_WITHIN_MS = 1_200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)) &&
  !(target instanceof HTMLInputElement && ['checkbox', 'radio', 'button'].includes(target.type));

const inOverlay = (): boolean => document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"]') !== null;

/** Hears the keyboard for every registered command. */
export function createKeyHandler(now: () => number = () => performance.now()) {
  let first: { key: string; at: number } | null = null;

  return (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey) return;
    const withMod = event.ctrlKey || event.metaKey;
    if (!withMod && (!letterKeys.get() || event.key.length !== 1 || isTyping(event.target) || inOverlay())) return;

    const key = withMod ? `mod+${event.key.toLowerCase()}` : event.key;
    const sequence = first && now() - first.at < SECOND_KEY_WITHIN_MS ? `${first.key} ${key}` : null;
    first = null;
    const commands = allCommands().reverse();
    const command =
      commands.find((each) => each.run && each.keys === sequence) ??
      commands.find((each) => each.run && each.keys === key);
    if (command?.run) {
      event.preventDefault();
      command.run();
    } else if (!withMod && commands.some((each) => each.keys?.startsWith(`${key} `))) {
      first = { key, at: now() };
    }
  };
}

/** Keys go to commands unless something is opening that will take them. */
export function useKeyboard(listening: boolean): void {
  useEffect(() => {
    if (!listening) return;
    const handle = createKeyHandler();
    addEventListener('keydown', handle);
    return () => removeEventListener('keydown', handle);
  }, [listening]);
}
