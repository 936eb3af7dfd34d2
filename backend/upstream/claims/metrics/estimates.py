"""What is estimated from claims, each from its source.

A share, a median or a percentile of no claims is None, never 0.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upstream.claims.daily_facts import Integers

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


def wait(ends: dict[int, int], leaves: dict[int, int]) -> Wait | None:
    """Claims by the days after which they had what they wait for (`ends`), or were last seen without it (`leaves`).

    The product-limit estimate of E. L. Kaplan and P. Meier, Nonparametric estimation from incomplete observations
    (1958): S(t) is the product of 1 - d/n over the days up to t, with d ends among n claims that still waited; who
    leaves on a day still waited on it. The interval is that of R. Brookmeyer and J. Crowley, A confidence interval for
    the median survival time (1982), for log(-log S) with Greenwood's variance.
    """
    days = np.array(sorted(ends.keys() | leaves.keys()), np.int64)
    if not len(days):
        return None
    ended = np.array([ends.get(day, 0) for day in days.tolist()], np.int64)
    left = np.array([leaves.get(day, 0) for day in days.tolist()], np.int64)
    waiting = np.cumsum((ended + left)[::-1])[::-1]
    kept = np.cumprod(1 - ended / waiting)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.log(-np.log(kept))
        spread = _Z * np.sqrt(np.cumsum(ended / (waiting * (waiting - ended)))) / -np.log(kept)
        low, high = np.exp(-np.exp(middle + spread)), np.exp(-np.exp(middle - spread))
    # While all wait there is no spread, and once none does, it is not known.
    low, high = np.where(kept == 1, 1.0, np.nan_to_num(low)), np.where((kept == 1) | (kept == 0), 1.0, high)

    def first(of: NDArray[np.floating[Any]], share: float) -> int | None:
        reached = np.flatnonzero(of <= share + 1e-12)
        return int(days[reached[0]]) if len(reached) else None

    return Wait(
        int(waiting[0]), int(ended.sum()), first(kept, 0.5), first(low, 0.5), first(high, 0.5), first(kept, 0.1)
    )
