"""A walk over the days of streams that can stop after any day, be kept, and go on as though it had never stopped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from upstream.detection.detectors.baseline import BaselineSettings, BaselineWindows
from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.season import WINDOW_DAYS

Arrays = dict[str, NDArray[Any]]


class DayWalk:
    """What stands between two days, `day` being the next: attributes with a column for each stream, named by kind.

    DAYS: (..., days, streams) what is said of each day. SUMS: (..., days + 1, streams) running sums before each day.
    What either says of a day that is over never changes. LATEST: such sums of which an alarm takes days back, and which
    nobody asks beyond the longest baseline; OF_SEASON: beyond the weeks that tell a season. STATE: of no day.
    """

    DAYS: ClassVar[tuple[str, ...]]
    SUMS: ClassVar[tuple[str, ...]] = ()
    LATEST: ClassVar[tuple[str, ...]]
    OF_SEASON: ClassVar[tuple[str, ...]]
    STATE: ClassVar[tuple[str, ...]]

    def __init__(self, streams: int, settings: BaselineSettings) -> None:
        self.day, self.streams = 0, streams
        self.windows = BaselineWindows(streams, settings)
        self.run_start = np.zeros(streams, dtype=np.int64)
        self.alarms: list[Alarm] = []

    def _make_room(self, days: int) -> None:
        """Let the arrays hold `days` days."""
        raise NotImplementedError

    def told(self, first_day: int) -> Arrays:
        """What is said of the days from `first_day` on, to be kept once and for all."""
        of_days = {name: getattr(self, name)[..., first_day : self.day, :] for name in self.DAYS}
        return of_days | {name: getattr(self, name)[..., first_day + 1 : self.day + 1, :] for name in self.SUMS}

    def state(self) -> Arrays:
        """What else the next days need."""
        sums = {name: getattr(self, name)[..., first : self.day + 1, :] for name, first in self._first_asked().items()}
        return sums | {name: getattr(self, name) for name in self.STATE} | {"windows": self.windows.state}

    def resume(self, day: int, told: Arrays, state: Arrays, alarms: list[Alarm]) -> None:
        """Go on with `day`, told: of all days before it; alarms: raised on them."""
        self.day, self.alarms = day, list(alarms)
        self._make_room(day)
        for name in self.DAYS:
            getattr(self, name)[:] = told[name]
        for name in self.SUMS:
            getattr(self, name)[..., 1:, :] = told[name]
        for name, first in self._first_asked().items():
            getattr(self, name)[..., first:, :] = state[name]
        for name in self.STATE:
            setattr(self, name, state[name].copy())
        self.windows.resume(state["windows"])

    def _first_asked(self) -> dict[str, int]:
        """Of the sums that are not kept from the first day on, the first that anyone asks again."""
        longest = self.windows.settings.baseline_days + self.windows.settings.gap_days
        reach = dict.fromkeys(self.LATEST, longest) | dict.fromkeys(self.OF_SEASON, WINDOW_DAYS)
        return {name: max(0, self.day - days) for name, days in reach.items()}


def add_up(values: Iterable[NDArray[Any]], sums: NDArray[Any]) -> None:
    """Write the running sums of each day's (streams,) `values` before it into `sums`, (days + 1, streams), from 0 on.

    Day by day, for numpy's cumsum goes over all days stream by stream, which takes longer.
    """
    for day, of_day in enumerate(values):
        np.add(sums[day], of_day, out=sums[day + 1])


def with_room(values: NDArray[Any], rows: int) -> NDArray[Any]:
    """(..., rows, streams) `values`, and zeros after them."""
    room = np.zeros((*values.shape[:-2], rows, values.shape[-1]), values.dtype)
    room[..., : values.shape[-2], :] = values
    return room
