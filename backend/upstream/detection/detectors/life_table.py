"""Days to payment and the share of claims denied, from the days on which claims ended rather than were submitted.

Both are period life tables: what happened to claims of each age between two days is put together as if one claim lived
through all of it. So a change shows after days, not after the new claims' answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from upstream.claims.metrics.estimates import product_limit
from upstream.detection.detectors.common import Floats
from upstream.detection.detectors.intervals import binomial_interval
from upstream.detection.detectors.open_claims import StreamClaims

Singles = NDArray[np.float32]
Numbers = TypeVar("Numbers", Floats, Singles)
WEEK = 7


@dataclass(frozen=True, slots=True)
class DaysToPayment:
    """Kaplan–Meier median with 95 % interval and 90th percentile, in days; None where the curve does not fall so far.

    paid: payments seen; at_risk: claims that were open on one of the days looked at.
    """

    median: float | None
    median_low: float | None
    median_high: float | None
    p90: float | None
    paid: int
    at_risk: int


def kaplan_meier(
    claims: StreamClaims, first_day: int, last_day: int, weekday_weight: Floats | None = None
) -> DaysToPayment:
    """Days to payment as claims were paid between two days, both included, whenever those claims were submitted.

    Claims enter at the age they had on `first_day` (left truncation), leave unpaid at a denial, at `last_day` or beyond
    the oldest age (censoring). weekday_weight: (7,) relative readiness to pay of each weekday (0 at weekends), which
    the exposure is multiplied by; without it every day counts alike.
    """
    days = slice(first_day, last_day + 1)
    at_risk, events = claims.open[days], claims.paid[days].sum(axis=0).astype(np.float64)
    if weekday_weight is None:
        exposure = at_risk.sum(axis=0).astype(np.float64)
    else:
        exposure = weekday_weight[np.arange(first_day, first_day + len(at_risk)) % WEEK] @ at_risk
    median, low, high, p90 = (None if age is None else float(age) for age in product_limit(events, exposure))
    paid, ever_at_risk = seen(claims, first_day, last_day)
    return DaysToPayment(median, low, high, p90, paid=paid, at_risk=ever_at_risk)


def seen(claims: StreamClaims, first_day: int, last_day: int) -> tuple[int, int]:
    """Payments between two days, both included, and the claims that were open on one of these days."""
    days = slice(first_day, last_day + 1)
    at_risk = claims.open[days][:1].sum() + claims.submitted[days][1:].sum()
    return int(claims.paid[days].sum()), int(at_risk)


def denied_by_age(claims: StreamClaims, first_day: int, last_day: int) -> Floats:
    """(ages,) share of the claims submitted that is denied at each age, as it was between two days, both included.

    Denials at an age over claims submitted so long ago, whether or not those are still open: the cumulative incidence
    with payment as the competing risk, by steps (a chain ladder of calendar days). How fast claims are paid makes no
    difference to it. Its sum is the share of claims that end denied.
    """
    days = slice(first_day, last_day + 1)
    denied, submitted = claims.denied[days].sum(axis=0), claims.submitted_before[days].sum(axis=0)
    return np.divide(denied, submitted, out=np.zeros(denied.shape), where=submitted > 0)


@dataclass(frozen=True, slots=True)
class ShareDenied:
    """Denials of claims submitted, those expected, and from both the share that ends denied with a 95 % interval."""

    denied: int
    expected: float
    share: float
    low: float
    high: float


def share_denied(denied: int, expected: float, usual: float) -> ShareDenied:
    """The share of claims that ends denied when `denied` were where `expected` would be at a share of `usual`.

    expected / usual is the number of claims whose answers were due: many claims of which part of the answers is in
    count as fewer with all. The interval is the exact binomial one of that number.
    """
    due = max(expected / usual, float(denied)) if usual > 0 else float(denied)
    low, high = binomial_interval(denied, due)
    return ShareDenied(denied, expected, min(denied / due, 1.0) if due > 0 else 0.0, low, high)


def denials_expected(claims: StreamClaims, before: tuple[int, int], after: tuple[int, int]) -> tuple[int, float]:
    """Denials in a period, and those expected of the claims submitted, as denials came in the period before.

    before, after: first and last day, both included. When payments fail to come the share of denied among decided
    claims rises although denials go on as before; this comparison does not.
    """
    days = slice(after[0], after[1] + 1)
    expected = claims.submitted_before[days].sum(axis=0) @ denied_by_age(claims, *before)
    return int(claims.denied[days].sum()), float(expected)


def smoothed_over_ages(values: Numbers, days: int = 7) -> Numbers:
    """Sums over `days` neighbouring ages on the first axis, fewer at either end; seven hold one of each weekday."""
    smoothed = values.copy()
    for apart in range(1, days // 2 + 1):
        smoothed[apart:] += values[:-apart]
        smoothed[:-apart] += values[apart:]
    return smoothed


def sums_of_weeks(days: Singles) -> Singles:
    """Sums over each seven neighbouring rows of whole numbers, of which any order of adding gives the same."""
    pairs = days[:-1] + days[1:]
    fours = pairs[:-2] + pairs[2:]
    sums = fours[:-3]
    sums += pairs[4:-1]
    sums += days[6:]
    return sums


def median_age(hazard: Floats) -> float:
    """First age by which half are paid under `hazard` per age; infinity when it never comes to that."""
    paid_half = np.flatnonzero(np.cumprod(1 - np.minimum(hazard, 1)) <= 0.5)
    return float(paid_half[0]) if paid_half.size else math.inf
