"""Workdays of clinics and payers: no weekends, no federal holidays, and the year's ups and downs."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

MONDAY, THURSDAY = 0, 3
#: Claims sent on each weekday, relative to their mean: Monday has the weekend's visits to bill.
WEEKDAY_SHARES = np.array([1.18, 1.04, 1.0, 0.97, 0.81, 0.0, 0.0])
_PEAK_DAYS_BEFORE_END = 280


def holidays(year: int) -> set[date]:
    """Federal holidays on which neither clinics bill nor payers pay, on the days they are kept (5 U.S.C. 6103)."""
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25)]
    kept = {day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0)) for day in fixed}
    memorial = date(year, 5, 31)
    kept.add(memorial - timedelta(days=memorial.weekday()))
    for month, weekday, number in ((1, MONDAY, 3), (2, MONDAY, 3), (9, MONDAY, 1), (11, THURSDAY, 4)):
        first = date(year, month, 1)
        kept.add(first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1)))
    return kept


class Workdays:
    """Days counted from `start` (day 0) through day `days` - 1."""

    def __init__(self, start: date, days: int) -> None:
        self.start, self.days = start, days
        dates = [start + timedelta(days=day) for day in range(days)]
        self.weekday = np.array([day.weekday() for day in dates])
        off = set().union(*(holidays(year) for year in range(start.year - 1, dates[-1].year + 2)))
        self.open = (self.weekday < 5) & ~np.array([day in off for day in dates])

    def next_open(self, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Integers:
        """(days,) the first day, from each day on, on `weekdays`, or the workday after a holiday on one.

        Days for which none is left within the calendar get `days`.
        """
        chosen = np.zeros(self.days, dtype=bool)
        after = self.days
        for day in range(self.days - 1, -1, -1):
            if self.open[day]:
                after = day
            if self.weekday[day] in weekdays and after < self.days:
                chosen[after] = True
        following = np.where(chosen, np.arange(self.days), self.days)
        return np.minimum.accumulate(following[::-1])[::-1]

    def open_before(self) -> Integers:
        """(days,) the last workday before each day; the day itself minus one where the calendar has none."""
        last = np.maximum.accumulate(np.where(self.open, np.arange(self.days), -1))
        before = np.concatenate(([-1], last[:-1]))
        return np.where(before >= 0, before, np.arange(self.days) - 1)

    def wanted(self, season: float, last: int) -> Floats:
        """(days,) claims to be sent on each day, holidays or not, relative to a mean weekday.

        season: .15 stands for ±15 % over the year. The year's wave is tied to day `last`, so that a world differs from
        the world of another week only by its holidays, and a demo shows the same whenever it is set up.
        """
        year = 1 + season * np.cos(2 * np.pi * (np.arange(self.days) - last + _PEAK_DAYS_BEFORE_END) / 365.25)
        return WEEKDAY_SHARES[self.weekday] * year
