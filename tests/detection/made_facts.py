"""Daily facts made of single claims, without a database: what a panel is built of."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from upstream.claims.daily_facts import Blocks, DailyFacts, Decisions, Ends, Slice, Submissions, Takebacks

FIRST_DAY = date(2023, 1, 2)
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def made_facts(
    days: int,
    slices: Sequence[Slice],
    categories: Sequence[str],
    *,
    slice: Counts,
    day: Counts,
    billed: Floats,
    denied: Floats,
    category: Counts,
    takebacks: Sequence[tuple[int, int, int, float]] = (),
) -> DailyFacts:
    """Claims decided, all columns of one length; takebacks: (slice, day, claims, dollars) each."""
    nothing, no_dollars = np.zeros(0, dtype=np.int64), np.zeros(0)
    cells, cell = np.unique(np.stack((day, slice, category)), axis=1, return_inverse=True)

    def total(values: Floats) -> Floats:
        return np.bincount(cell.ravel(), values, cells.shape[1])

    decisions = Decisions(
        slice=cells[1],
        day=cells[0],
        category=cells[2],
        claims=total(np.ones(len(day))).astype(np.int64),
        billed=total(billed),
        denied=total(denied),
        paid=total((billed - denied) * 0.6),
        billed_squares=total(billed**2),
    )
    by_day = sorted(takebacks, key=lambda each: each[1])
    of, on, claims, amount = (np.array(column) for column in zip(*by_day, strict=True)) if by_day else [nothing] * 4
    return DailyFacts(
        first_day=FIRST_DAY,
        days=days,
        slices=tuple(slices),
        categories=tuple(categories),
        submissions=Submissions(nothing, nothing, nothing),
        decisions=Blocks.holding(decisions, len(slices)),
        ends=Blocks(Ends, len(slices)),
        takebacks=Takebacks(of, on, claims, amount if takebacks else no_dollars),
    )
