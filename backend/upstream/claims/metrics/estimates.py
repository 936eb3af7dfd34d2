"""What is estimated from claims, each from its source.

A share, a median or a percentile of no claims is None, never 0.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from upstream.claims.daily_facts import Integers

Amounts = NDArray[np.float64]

#: Of the normal distribution, for intervals of 95 %.
_Z = 1.959963984540054


def share(part: int, of: int) -> float | None:
    return part / of if of else None


def quantile(days: Integers, claims: Integers, percent: int) -> float | None:
    """So many percent of claims took at most so many days. days: in order, with the claims of each.

    The 50th is the median: the mean of the two middle claims where they are even in number.
    """
    passed = np.cumsum(claims)
    if not len(passed) or not passed[-1]:
        return None
    total = int(passed[-1])
    places = [(total - 1) // 2, total // 2] if percent == 50 else [-(-total * percent // 100) - 1]
    return float(days[np.searchsorted(passed, places, "right")].mean())


@dataclass(frozen=True, slots=True)
class Rate:
    """numerator of denominator claims; low, high: Wilson's interval of 95 %. maturity: share of the claims decided,
    where they are counted by submission; None where by decision."""

    numerator: int
    denominator: int
    maturity: float | None = None

    @property
    def value(self) -> float:
        return self.numerator / self.denominator

    @property
    def low(self) -> float:
        return max(0.0, self._middle() - self._half())

    @property
    def high(self) -> float:
        return min(1.0, self._middle() + self._half())

    def _middle(self) -> float:
        return (self.numerator + _Z**2 / 2) / (self.denominator + _Z**2)

    def _half(self) -> float:
        variance = self.value * (1 - self.value) * self.denominator + _Z**2 / 4
        return _Z * sqrt(variance) / (self.denominator + _Z**2)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long claims wait, by Kaplan and Meier. claims: all of them; ended: those that have what they wait for.

    median, p90: days by which half, and 90 %, have it; None where fewer have it so far. low, high: interval of 95 % of
    the median; None where it has no such end yet.
    """

    claims: int
    ended: int
    median: int | None
    low: int | None
    high: int | None
    p90: int | None


def product_limit(events: Amounts, waiting: Amounts) -> tuple[int | None, int | None, int | None, int | None]:
    """Places in time by which half have what they wait for, from where to where that lies in 95 of 100, and by which
    90 % have it; None where it does not come to that.

    events, waiting: how many have it at each place, of how many that still wait there. The estimate of E. L. Kaplan and
    P. Meier, Nonparametric estimation from incomplete observations (1958): S is the product of 1 - events/waiting up to
    a place. The interval is that of R. Brookmeyer and J. Crowley, A confidence interval for the median survival time
    (1982), for log(-log S) with Greenwood's variance.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(events > 0, np.minimum(events / waiting, 1), 0.0)
        survival = np.cumprod(1 - hazard)
        variance = np.cumsum(np.where(events > 0, hazard / ((1 - hazard) * np.maximum(waiting, 1e-9)), 0))
        half_width = _Z * np.sqrt(variance) / np.abs(np.log(survival))
        inside = (survival > 0) & (survival < 1)
        low_curve = np.where(inside, survival ** np.exp(half_width), survival)
        high_curve = np.where(inside, survival ** np.exp(-half_width), survival)

    def crossing(curve: Amounts, level: float) -> int | None:
        # Products of fractions miss a half by their last digits.
        below = np.flatnonzero(curve <= level + 1e-12)
        return int(below[0]) if below.size else None

    return crossing(survival, 0.5), crossing(low_curve, 0.5), crossing(high_curve, 0.5), crossing(survival, 0.1)


def wait(ends: dict[int, int], leaves: dict[int, int]) -> Wait | None:
    """Claims by the days after which they had what they wait for (`ends`), or were last seen without it (`leaves`, and
    on that day they still waited); see `product_limit`.
    """
    days = sorted(ends.keys() | leaves.keys())
    if not days:
        return None
    ended = np.array([ends.get(day, 0) for day in days], np.float64)
    left = np.array([leaves.get(day, 0) for day in days], np.float64)
    waiting = np.cumsum((ended + left)[::-1])[::-1]
    median, low, high, p90 = (None if place is None else days[place] for place in product_limit(ended, waiting))
    return Wait(int(waiting[0]), int(ended.sum()), median, low, high, p90)
