import { useEffect, useId, useRef } from 'react';
import { createPreference } from '@/lib/preference';
import { createStore } from '@/lib/store';

export type CommandGroup = 'Go to' | 'Act' | 'Move' | 'View';

export type Command = {
  id: string;
  label: string;
  group: CommandGroup;
  /** One key ("j"), two in a row ("g i"), or with Ctrl/⌘ ("mod+k"). */
  keys?: string;
  /** Absent for a key the browser handles itself (Enter on a link): it is listed, not run. */
  run?: () => void;
  /** Not in the palette: makes sense from the keyboard only. */
  keyboardOnly?: boolean;
};

/** Single-letter keys can be in the way of speech input and screen readers (WCAG 2.1.4): this turns them off. */
export const letterKeys = createPreference('upstream.letter-keys', true);

type Registration = { owner: string; commands: Command[] };
const registrations = createStore<Registration[]>([]);

export const commandStore = registrations;
export const allCommands = (): Command[] => registrations.get().flatMap((each) => each.commands);

/** Offers commands for as long as the component is on screen. The page that came last wins a contested key. */
export function useCommands(commands: Command[]): void {
  const owner = useId();
  const latest = useRef(commands);
  latest.current = commands;
  const shape = commands.map((command) => `${command.id}\t${command.label}\t${command.keys ?? ''}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: registering anew is needed only when ids, labels or keys change.
  useEffect(() => {
    const bound = latest.current.map((command) => ({
      ...command,
      run: command.run && (() => latest.current.find((each) => each.id === command.id)?.run?.()),
    }));
    registrations.set((current) => [...current, { owner, commands: bound }]);
    return () => registrations.set((current) => current.filter((each) => each.owner !== owner));
  }, [owner, shape]);
}
