"""What a stream is measured against: which past days, and which other streams where its own are few.

**Days.** A trailing year that leaves out what may be the change it is to show. While evidence of a change is running up
the baseline takes in no further days, until those it leaves out are more than `longest_gap_days`. After an alarm the
stream rests, with its old baseline, until `rebaseline_days` have passed and a baseline of the days since then would
hold `minimum_decided` claims; then that one takes its place. The days that raised the alarm are left out: chosen for
being unusual, they would make the ordinary days to come look like a change back.

**Streams.** A stream is shrunk to its parent, one without a parent to its pool: all payers of the organization or, for
denial categories, the same category at all payers.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from upstream.detection.detectors.common import Booleans, Floats, Integers, Numbers, parents_first, side_by_side

_NOT_RESTING = -1


class BaselineSettings(Protocol):
    """What a detector's settings say of its baseline; days and claims."""

    @property
    def baseline_days(self) -> int: ...
    @property
    def gap_days(self) -> int: ...
    @property
    def longest_gap_days(self) -> int: ...
    @property
    def rebaseline_days(self) -> int: ...
    @property
    def minimum_decided(self) -> int: ...


class BaselineWindows:
    """The days [start, end) of every stream's baseline, as they move from day to day; all (streams,).

    resting: streams that have alarmed and wait for a baseline of days since then.
    """

    def __init__(self, streams: int, settings: BaselineSettings) -> None:
        self.settings = settings
        self.start, self.end, self._earliest = np.zeros((3, streams), dtype=np.int64)
        self._alarmed_on = np.full(streams, _NOT_RESTING)
        self.resting = np.zeros(streams, dtype=bool)
        self._latest = 0

    @property
    def state(self) -> Integers:
        """(4, streams) what stands between two days."""
        return np.stack((self.start, self.end, self._earliest, self._alarmed_on))

    def resume(self, state: Integers) -> None:
        """Go on from what `state` gave."""
        self.start, self.end, self._earliest, self._alarmed_on = state.copy()
        self.resting = self._alarmed_on != _NOT_RESTING

    def move(self, day: int, running_up: Booleans, decided: Numbers) -> None:
        """Set the windows for `day`.

        running_up: (streams,) whether evidence of a change is. decided: (days + 1, streams) claims before each day.
        """
        settings, latest = self.settings, self.latest_end(day)
        self._latest = latest
        (rows,) = (self.resting & (day >= self._alarmed_on + settings.rebaseline_days)).nonzero()
        if rows.size:
            since_alarm = decided[latest, rows] - decided[np.minimum(self._alarmed_on[rows] + 1, latest), rows]
            renewed = rows[since_alarm >= settings.minimum_decided]
            self._earliest[renewed] = self._alarmed_on[renewed] + 1
            self._alarmed_on[renewed], self.resting[renewed] = _NOT_RESTING, False
        must_go_on = max(0, day + 1 - settings.longest_gap_days)
        np.copyto(self.end, latest, where=~(running_up | self.resting))
        np.maximum(self.end, must_go_on, out=self.end, where=~self.resting)
        np.maximum(self._earliest, self.end - settings.baseline_days, out=self.start)

    def latest_end(self, day: int) -> int:
        """Where a baseline ends on `day` that nothing holds back."""
        return max(0, day + 1 - self.settings.gap_days)

    def total(self, sums: Floats) -> Floats:
        """(..., streams) what the windows hold of `sums`, (..., days + 1, streams) running sums before each day."""
        total = _before(sums, self.end, self._latest)
        total -= _before(sums, self.start, max(0, self._latest - self.settings.baseline_days))
        return total

    def rest(self, row: int, day: int) -> None:
        """Let a stream that has alarmed on `day` rest."""
        self._alarmed_on[row], self.resting[row] = day, True

    def before(self, row: int, change: int) -> slice:
        """Days of the level before a change: from the baseline's earliest day, at most a baseline's length."""
        return slice(max(int(self._earliest[row]), change - self.settings.baseline_days), change)


def _before(sums: Floats, days: Integers, usual: int) -> Floats:
    """(..., streams) of (..., days, streams) `sums` those before the day of each stream, of most the `usual` one."""
    # A whole row is read many times faster than what is picked from many.
    (others,) = (days != usual).nonzero()
    before = sums[..., usual, :].copy()
    if others.size:
        before[..., others] = sums[..., days[others], others]
    return before


class Pooling:
    """Who is shrunk to whom. pool: (streams,) the pool of each, a stream with a parent being in its parent's."""

    def __init__(self, parent: Integers, pool: Integers | None = None) -> None:
        self.parent = np.asarray(parent, dtype=np.int64)
        top, *self._below = parents_first(self.parent)
        self.pool = np.zeros(len(self.parent), dtype=np.int64) if pool is None else np.array(pool, dtype=np.int64)
        for level in self._below:
            self.pool[level] = self.pool[self.parent[level]]
        self.pools = int(self.pool.max(initial=-1)) + 1
        members = [top[self.pool[top] == number] for number in range(self.pools)]
        widest = max(map(len, members), default=0)
        self._members = np.zeros((self.pools, widest), dtype=np.int64)
        self._is_member = np.arange(widest) < np.array([len(rows) for rows in members], dtype=np.int64)[:, None]
        for own, rows in zip(self._members, members, strict=True):
            own[: len(rows)] = rows
        self._even = bool(self._is_member.all())
        self._only = side_by_side(top) if self.pools == 1 else None

    def by_pool(self, values: Floats) -> Floats:
        """(..., pools, payers) the (..., streams) values of the streams without a parent, and 0 where a pool has fewer.

        Sums over the last axis are the pools'.
        """
        if self._only is not None:
            return values[..., None, self._only]
        found: Floats = values.take(self._members, axis=-1)
        return found if self._even else found * self._is_member

    def of_streams(self, values: Floats) -> Floats:
        """(streams,) the (pools,) values of each stream's pool; (1,) where there is but one, which go with them all."""
        return values if self.pools == 1 else values[self.pool]

    def shrunk(self, own: Floats, weight: Floats, of_pool: Floats, prior_weight: float) -> Floats:
        """(streams,) own / weight, as though `prior_weight` more had come as at the parent, or in the pool."""
        shrunk: Floats = (own + prior_weight * self.of_streams(of_pool)) / (weight + prior_weight)
        for level in self._below:
            prior = prior_weight * shrunk[self.parent[level]]
            shrunk[level] = (own[level] + prior) / (weight[level] + prior_weight)
        return shrunk
