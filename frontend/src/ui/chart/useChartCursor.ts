import { type KeyboardEvent, type PointerEvent, useState } from 'react';

type Options = {
  count: number;
  nearest: (position: number) => number;
  onOpen: (from: number, to: number) => void;
};

const CLICK_WITHIN_PX = 4;

/**
 * The chart's read-out position and range, by pointer or keyboard: moving reads, dragging marks a range, a click, the end
 * of a drag or Enter opens it. Touch only reads: what is read offers its own link.
 */
export function useChartCursor({ count, nearest, onOpen }: Options) {
  const [cursor, setCursor] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const [pressedAt, setPressedAt] = useState<number | null>(null);

  const position = (event: PointerEvent<Element>) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const openRange = (to: number) => {
    const from = anchor ?? to;
    onOpen(Math.min(from, to), Math.max(from, to));
  };

  const pointer = {
    onPointerDown: (event: PointerEvent<Element>) => {
      const at = nearest(position(event));
      setCursor(at);
      if (event.pointerType === 'touch' || event.button !== 0) return;
      setPressedAt(position(event));
      setAnchor(at);
    },
    onPointerMove: (event: PointerEvent<Element>) => setCursor(nearest(position(event))),
    onPointerUp: (event: PointerEvent<Element>) => {
      if (pressedAt === null) return;
      const at = nearest(position(event));
      if (Math.abs(position(event) - pressedAt) <= CLICK_WITHIN_PX) onOpen(at, at);
      else openRange(at);
      setPressedAt(null);
      setAnchor(null);
    },
    onPointerLeave: () => {
      setPressedAt(null);
      setAnchor(null);
    },
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const from = cursor ?? count - 1;
    const steps: Record<string, number> = {
      ArrowLeft: from - 1,
      ArrowDown: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from + 1,
      PageDown: from - 7,
      PageUp: from + 7,
      Home: 0,
      End: count - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAnchor(event.shiftKey ? (anchor ?? from) : null);
      setCursor(Math.min(Math.max(to, 0), count - 1));
    } else if (event.key === 'Enter' && cursor !== null) {
      event.preventDefault();
      openRange(cursor);
    } else if (event.key === 'Escape') {
      setAnchor(null);
    }
  };

  const range =
    cursor === null ? null : { from: Math.min(anchor ?? cursor, cursor), to: Math.max(anchor ?? cursor, cursor) };
  return { cursor, range, pointer, onKeyDown, onFocus: () => setCursor((current) => current ?? count - 1) };
}
