import { render } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeyHandler } from './keyboard';
import { type Command, letterKeys, useCommands } from './registry';

const runs = { j: vi.fn(), gi: vi.fn(), palette: vi.fn() };

function Commands({ more = [] }: { more?: Command[] }) {
  useCommands([
    { id: 'next', label: 'Next', group: 'Move', keys: 'j', run: runs.j },
    { id: 'inbox', label: 'Inbox', group: 'Go to', keys: 'g i', run: runs.gi },
    { id: 'palette', label: 'Palette', group: 'View', keys: 'mod+k', run: runs.palette },
    ...more,
  ]);
  return <input aria-label="text" />;
}

let now = 0;
let handle: (event: KeyboardEvent) => void;
const press = (key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  Object.defineProperty(event, 'target', { value: target });
  handle(event);
};

beforeEach(() => {
  now = 0;
  handle = createKeyHandler(() => now);
  for (const run of Object.values(runs)) run.mockClear();
});
afterEach(() => letterKeys.set(true));

describe('keys', () => {
  it('run the command they stand for', () => {
    render(<Commands />);
    press('j');
    press('k', { ctrlKey: true });
    expect(runs.j).toHaveBeenCalledTimes(1);
    expect(runs.palette).toHaveBeenCalledTimes(1);
  });

  it('may be two in a row, soon after each other', () => {
    render(<Commands />);
    press('g');
    press('i');
    expect(runs.gi).toHaveBeenCalledTimes(1);
    press('g');
    now = 5_000;
    press('i');
    expect(runs.gi).toHaveBeenCalledTimes(1);
  });

  it('do nothing while someone types, or a dialog is open', () => {
    const { getByLabelText } = render(<Commands />);
    press('j', {}, getByLabelText('text'));
    document.body.insertAdjacentHTML('beforeend', '<div role="dialog" aria-modal="true"></div>');
    press('j');
    document.querySelector('[role="dialog"]')?.remove();
    expect(runs.j).not.toHaveBeenCalled();
  });

  it('can be turned off where they are single letters; the others stay', () => {
    render(<Commands />);
    letterKeys.set(false);
    press('j');
    press('k', { metaKey: true });
    expect(runs.j).not.toHaveBeenCalled();
    expect(runs.palette).toHaveBeenCalledTimes(1);
    expect(localStorage.getItem('upstream.letter-keys')).toBe('no');
  });

  it('belong to the page that came last, and go with it', () => {
    const own = vi.fn();
    const page = render(<Commands more={[{ id: 'own', label: 'Own', group: 'Move', keys: 'j', run: own }]} />);
    press('j');
    expect(own).toHaveBeenCalledTimes(1);
    page.unmount();
    press('j');
    expect(own).toHaveBeenCalledTimes(1);
  });
});
