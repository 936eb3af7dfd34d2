"""What every detector hands back, and how a change is dated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from upstream.detection.detectors.intervals import binomial_interval

Floats = NDArray[np.float64]
Integers = NDArray[np.signedinteger]
Booleans = NDArray[np.bool_]
Numbers = Floats | Integers

Direction = Literal["worse", "better"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One change of one stream; days are indices on the panel's day axis, and no day after `alarmed_on` is used.

    change_on: the most likely first day of the change; change_low..change_high: the days it may as well have been.
    before, after: denial rate (0..1) or median days to payment, each with a 95 % interval; `after` runs from
        `change_on` through `alarmed_on`, and is None while a median is not reached yet.
    log_evidence: natural logarithm of the evidence on the day of the alarm (never below the threshold of that day).
    events_after, count_after: denied of decided claims, or paid of claims at risk, from `change_on` to `alarmed_on`.
    expected_after: events the unchanged baseline expected over the same days.
    """

    stream: int
    direction: Direction
    alarmed_on: int
    change_on: int
    change_low: int
    change_high: int
    before: float
    before_low: float
    before_high: float | None
    after: float | None
    after_low: float | None
    after_high: float | None
    log_evidence: float
    events_after: int
    count_after: int
    expected_after: float


@dataclass(frozen=True, slots=True)
class Share:
    """Events among a count of claims with the exact 95 % interval; rate is None when there are no claims."""

    events: int
    count: int
    rate: float | None
    low: float
    high: float


def share(events: int, count: int) -> Share:
    """The share of `events` in `count` claims with its Clopper–Pearson interval (0..1 when nothing is known)."""
    low, high = binomial_interval(events, count)
    return Share(events, count, events / count if count else None, low, high)


def parents_first(parent: Integers) -> list[Integers]:
    """Rows of streams by level, parents before their children. Raises ValueError for a missing parent or a circle."""
    rows = np.arange(len(parent))
    if np.any((parent < -1) | (parent >= len(parent))):
        raise ValueError("parent must hold -1 or the row of another stream; check the streams' order")
    levels = [rows[parent == -1]]
    placed = parent == -1
    while not placed.all():
        level = rows[~placed & placed[np.maximum(parent, 0)]]
        if level.size == 0:
            raise ValueError("streams are parents of one another in a circle; a parent chain must end at -1")
        levels.append(level)
        placed[level] = True
    return levels


def side_by_side(rows: Integers) -> Integers | slice:
    """Rows in ascending order; as a slice, which is read several times faster, where none is left out between them."""
    if rows.size and np.all(np.diff(rows) == 1):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def date_change(increments: Floats, drop: float) -> tuple[int, int, int]:
    """(most likely start, earliest, latest) of a change, as positions in `increments`, ending with the last of them.

    increments: (alternatives, days) log-likelihood ratios of changed against unchanged. A start's likelihood is that of
    the best alternative over all days from the start on; the interval holds the starts within `drop` of the best one.
    """
    to_the_end = np.cumsum(increments[:, ::-1], axis=1)[:, ::-1].max(axis=0)
    likely = np.flatnonzero(to_the_end >= to_the_end.max() - drop)
    return int(to_the_end.argmax()), int(likely[0]), int(likely[-1])
