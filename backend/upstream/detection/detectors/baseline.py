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

from upstream.detection.detectors.common import Booleans, Floats, Integers, Numbers, parents_first

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
    """The days [start, end) of every stream's baseline, as they move from day to day; all (streams,)."""

    def __init__(self, streams: int, settings: BaselineSettings) -> None:
        self.settings = settings
        self.rows = np.arange(streams)
        self.start, self.end, self._earliest = np.zeros((3, streams), dtype=np.int64)
        self._alarmed_on = np.full(streams, _NOT_RESTING)

    @property
    def state(self) -> Integers:
        """(4, streams) what stands between two days."""
        return np.stack((self.start, self.end, self._earliest, self._alarmed_on))

    def resume(self, state: Integers) -> None:
        """Go on from what `state` gave."""
        self.start, self.end, self._earliest, self._alarmed_on = state.copy()

    @property
    def resting(self) -> Booleans:
        """Streams that have alarmed and wait for a baseline of days since then."""
        return self._alarmed_on != _NOT_RESTING

    def move(self, day: int, running_up: Booleans, decided: Integers) -> None:
        """Set the windows for `day`.

        running_up: (streams,) whether evidence of a change is. decided: (days + 1, streams) claims before each day.
        """
        settings = self.settings
        latest = self.latest_end(day)
        if self.resting.any():
            since_alarm = decided[latest] - decided[np.clip(self._alarmed_on + 1, 0, latest), self.rows]
            renewed = (
                self.resting
                & (day >= self._alarmed_on + settings.rebaseline_days)
                & (since_alarm >= settings.minimum_decided)
            )
            self._earliest[renewed] = self._alarmed_on[renewed] + 1
            self._alarmed_on[renewed] = _NOT_RESTING
        resting = self.resting
        self.end[~(running_up | resting)] = latest
        must_go_on = max(0, day + 1 - settings.longest_gap_days)
        self.end[~resting & (self.end < must_go_on)] = must_go_on
        self.start = np.maximum(self._earliest, self.end - settings.baseline_days)

    def latest_end(self, day: int) -> int:
        """Where a baseline ends on `day` that nothing holds back."""
        return max(0, day + 1 - self.settings.gap_days)

    def total(self, sums: Numbers) -> Floats:
        """(..., streams) what the windows hold of `sums`, (..., days + 1, streams) running sums before each day."""
        streams = len(self.rows)
        flat = sums.reshape(*sums.shape[:-2], -1)
        ends, starts = (np.take(flat, at * streams + self.rows, axis=-1) for at in (self.end, self.start))
        return np.asarray(ends - starts, dtype=np.float64)

    def rest(self, row: int, day: int) -> None:
        """Let a stream that has alarmed on `day` rest."""
        self._alarmed_on[row] = day

    def before(self, row: int, change: int) -> slice:
        """Days of the level before a change: from the baseline's earliest day, at most a baseline's length."""
        return slice(max(int(self._earliest[row]), change - self.settings.baseline_days), change)


class Pooling:
    """Who is shrunk to whom. pool: (streams,) the pool of each, a stream with a parent being in its parent's.

    top: rows of the streams without a parent.
    """

    def __init__(self, parent: Integers, pool: Integers | None = None) -> None:
        self.parent = np.asarray(parent, dtype=np.int64)
        self._levels = parents_first(self.parent)
        self.top = self._levels[0]
        self.pool = np.zeros(len(self.parent), dtype=np.int64) if pool is None else np.array(pool, dtype=np.int64)
        for level in self._levels[1:]:
            self.pool[level] = self.pool[self.parent[level]]
        self.pools = int(self.pool.max(initial=-1)) + 1

    def totals(self, values: Floats) -> Floats:
        """(pools,) sums of (streams,) values over the streams without a parent."""
        return np.bincount(self.pool[self.top], values[self.top], self.pools).astype(np.float64)

    def shrunk(self, own: Floats, weight: Floats, of_pool: Floats, prior_weight: float) -> Floats:
        """(streams,) own / weight, as though `prior_weight` more had come as at the parent, or in the pool."""
        shrunk: Floats = of_pool[self.pool]
        for level in self._levels:
            parent = self.parent[level]
            prior = np.where(parent < 0, shrunk[level], shrunk[parent])
            shrunk[level] = (own[level] + prior_weight * prior) / (weight[level] + prior_weight)
        return shrunk
