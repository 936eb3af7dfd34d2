import { Button } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useLocation, useNavigate } from '@tanstack/react-router';
import { formatCount, plural } from '@/lib/format';
import classes from './pager.module.css';

declare module '@tanstack/history' {
  interface HistoryState {
    /** Cursors of the pages one came through, for the way back: the API's cursors lead forward only. */
    trail?: string[];
  }
}

type PagerProps = {
  total: number;
  shown: number;
  page: number;
  size: number;
  info: { hasNextPage: boolean; endCursor: string | null };
  after: string | undefined;
  noun: string;
  /** More than one of it, where that is not noun and s. */
  nouns?: string;
};

/** Where in a long list one is, and the next and previous page. The page is part of the URL. */
export function Pager({ total, shown, page, size, info, after, noun, nouns }: PagerProps) {
  const navigate = useNavigate();
  const trail = useLocation({ select: (location) => location.state.trail }) ?? [];
  const first = (page - 1) * size + 1;

  const go = (cursor: string | undefined, toPage: number, nextTrail: string[]) =>
    void navigate({
      to: '.',
      search: (search: Record<string, unknown>) =>
        ({ ...search, after: cursor || undefined, page: toPage > 1 ? toPage : undefined }) as never,
      state: (state) => ({ ...state, trail: nextTrail }),
    });

  if (page === 1 && !info.hasNextPage) {
    return <p className={classes.alone}>{plural(total, noun, nouns)}</p>;
  }
  return (
    <nav className={classes.pager} aria-label="Pages">
      <span className={classes.where}>
        {formatCount(first)}–{formatCount(first + shown - 1)} of {formatCount(total)}
      </span>
      {page > 1 ? (
        trail.length > 0 ? (
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconChevronLeft size={16} />}
            onClick={() => go(trail.at(-1), page - 1, trail.slice(0, -1))}
          >
            Previous
          </Button>
        ) : (
          <Button variant="default" size="compact-sm" onClick={() => go(undefined, 1, [])}>
            First page
          </Button>
        )
      ) : null}
      <Button
        variant="default"
        size="compact-sm"
        disabled={!info.hasNextPage}
        rightSection={<IconChevronRight size={16} />}
        onClick={() => go(info.endCursor ?? undefined, page + 1, [...trail, after ?? ''])}
      >
        Next
      </Button>
    </nav>
  );
}
