"""Days to payment from claims still open and claims paid: hazards by age and Kaplan–Meier quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from upstream.detection.detectors.common import Booleans, Floats, Integers

_NORMAL_95 = 1.959963984540054
STILL_OPEN = -1


@dataclass(frozen=True, slots=True)
class Cells:
    """Claims of the daily roll-up, one row per (stream, submitted day, end day, paid); claims of a row are alike.

    end_day is the day of payment or, with paid False, of the denial; STILL_OPEN (-1) while neither has come.
    """

    stream: Integers
    submitted_day: Integers
    end_day: Integers
    paid: Booleans
    count: Integers

    def checked(self, streams: int, days: int) -> Cells:
        """The same cells as int64 and bool arrays. Raises ValueError naming the first cell that cannot be."""
        cells = Cells(
            stream=np.asarray(self.stream, dtype=np.int64),
            submitted_day=np.asarray(self.submitted_day, dtype=np.int64),
            end_day=np.asarray(self.end_day, dtype=np.int64),
            paid=np.asarray(self.paid, dtype=bool),
            count=np.asarray(self.count, dtype=np.int64),
        )
        sizes = {a.shape for a in (cells.stream, cells.submitted_day, cells.end_day, cells.paid, cells.count)}
        if len(sizes) != 1 or cells.stream.ndim != 1:
            raise ValueError(f"cells must be columns of one length, got shapes {sorted(sizes)}")
        still_open = cells.end_day == STILL_OPEN
        for wrong, reason in (
            ((cells.stream < 0) | (cells.stream >= streams), f"stream must lie in 0..{streams - 1}"),
            ((cells.submitted_day < 0) | (cells.submitted_day >= days), f"submitted day must lie in 0..{days - 1}"),
            (~still_open & (cells.end_day < cells.submitted_day), "end day must not come before the submitted day"),
            (cells.end_day >= days, f"end day must lie before {days}, or be {STILL_OPEN} for claims still open"),
            (still_open & cells.paid, "a claim still open cannot be paid"),
            (cells.count < 0, "count must not be negative"),
        ):
            if wrong.any():
                raise ValueError(f"cell {int(wrong.argmax())}: {reason}")
        return cells

    def take(self, chosen: Booleans) -> Cells:
        """The cells where `chosen` is true."""
        return Cells(
            stream=self.stream[chosen],
            submitted_day=self.submitted_day[chosen],
            end_day=self.end_day[chosen],
            paid=self.paid[chosen],
            count=self.count[chosen],
        )

    def known_through(self, day: int) -> Cells:
        """The cells as they stood at the end of `day`: later submissions gone, later ends still open."""
        known = self.take(self.submitted_day <= day)
        later = known.end_day > day
        return replace(known, end_day=np.where(later, STILL_OPEN, known.end_day), paid=known.paid & ~later)


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
    cells: Cells, first_day: int, last_day: int, max_age_days: int, day_weight: Floats | None = None
) -> DaysToPayment:
    """Days to payment as claims were paid between two days, both included, whenever those claims were submitted.

    A period life table: claims enter at the age they had on `first_day` (left truncation), leave unpaid at a denial, at
    `last_day` or beyond `max_age_days` (censoring). So a slow-down shows after days, not after the new claims' payment.
    day_weight: (last_day + 1,) relative readiness to pay of each calendar day (0 at weekends), which the exposure is
    multiplied by; without it every day counts alike. Interval: log(-log S) with Greenwood's variance, read off where it
    crosses one half (Brookmeyer & Crowley 1982).
    """
    seen, entered, end = _at_risk(cells, first_day, last_day, max_age_days)
    count, submitted = cells.count[seen], cells.submitted_day[seen]
    exposure = np.zeros(max_age_days + 1)
    if day_weight is None:
        exposure += _exposure(entered - submitted, end - submitted, count, max_age_days)
    else:
        for day in range(first_day, last_day + 1):
            at_risk = (entered <= day) & (day <= end)
            exposure += day_weight[day] * np.bincount(day - submitted[at_risk], count[at_risk], max_age_days + 1)
    paid = cells.paid[seen] & (cells.end_day[seen] == end)
    events = np.bincount((end - submitted)[paid], count[paid], max_age_days + 1).astype(np.float64)
    median, low, high, p90 = _quantiles(events, exposure)
    return DaysToPayment(median, low, high, p90, paid=int(events.sum()), at_risk=int(count.sum()))


def _at_risk(cells: Cells, first_day: int, last_day: int, max_age_days: int) -> tuple[Booleans, Integers, Integers]:
    """Which cells were open on one of the days, and for those the first and the last day they were."""
    entered = np.maximum(cells.submitted_day, first_day)
    end = np.where(cells.end_day == STILL_OPEN, last_day, np.minimum(cells.end_day, last_day))
    end = np.minimum(end, cells.submitted_day + max_age_days)
    seen = entered <= end
    return seen, entered[seen], end[seen]


def _exposure(first_age: Integers, last_age: Integers, count: Integers, max_age_days: int) -> Floats:
    """(max_age_days + 1,) days that claims were open, by age."""
    width = max_age_days + 2
    changes = np.bincount(first_age, count, width) - np.bincount(last_age + 1, count, width)
    days_open: Floats = changes.cumsum()[:-1].astype(np.float64)
    return days_open


def denials_expected(
    cells: Cells, before: tuple[int, int], after: tuple[int, int], max_age_days: int
) -> tuple[int, float]:
    """Denials in a period, and those expected of the claims then open at the pace of the period before.

    before, after: first and last day, both included. Competing risks: the hazard of a denial at each age in the period
    before, times the days claims of that age were open in the period after. When payments fail to come the share of
    denied among decided claims rises although denials go on as before; this comparison does not.
    """
    tables = []
    for first_day, last_day in (before, after):
        seen, entered, end = _at_risk(cells, first_day, last_day, max_age_days)
        count, submitted = cells.count[seen], cells.submitted_day[seen]
        denied = ~cells.paid[seen] & (cells.end_day[seen] == end)
        events = np.bincount((end - submitted)[denied], count[denied], max_age_days + 1)
        tables.append((events, _exposure(entered - submitted, end - submitted, count, max_age_days)))
    (events_before, exposure_before), (events_after, exposure_after) = tables
    hazard = np.divide(events_before, exposure_before, out=np.zeros(max_age_days + 1), where=exposure_before > 0)
    return int(events_after.sum()), float(hazard @ exposure_after)


def _quantiles(events: Floats, exposure: Floats) -> tuple[float | None, float | None, float | None, float | None]:
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(events > 0, np.minimum(events / exposure, 1), 0.0)
        survival = np.cumprod(1 - hazard)
        variance = np.cumsum(np.where(events > 0, hazard / ((1 - hazard) * np.maximum(exposure, 1e-9)), 0))
        half_width = _NORMAL_95 * np.sqrt(variance) / np.abs(np.log(survival))
        inside = (survival > 0) & (survival < 1)
        low_curve = np.where(inside, survival ** np.exp(half_width), survival)
        high_curve = np.where(inside, survival ** np.exp(-half_width), survival)

    def crossing(curve: Floats, level: float) -> float | None:
        below = np.flatnonzero(curve <= level)
        return float(below[0]) if below.size else None

    return crossing(survival, 0.5), crossing(low_curve, 0.5), crossing(high_curve, 0.5), crossing(survival, 0.1)


def smoothed_over_ages(values: Floats, days: int = 7) -> Floats:
    """Sums over `days` neighbouring ages on the last axis, fewer at either end; seven hold one of each weekday."""
    reach = days // 2
    sums = np.concatenate((np.zeros((*values.shape[:-1], 1)), values.cumsum(axis=-1)), axis=-1)
    age = np.arange(values.shape[-1])
    return sums[..., np.minimum(age + reach + 1, len(age))] - sums[..., np.maximum(age - reach, 0)]


def median_age(hazard: Floats) -> float:
    """First age by which half are paid under `hazard` per age; infinity when it never comes to that."""
    paid_half = np.flatnonzero(np.cumprod(1 - np.minimum(hazard, 1)) <= 0.5)
    return float(paid_half[0]) if paid_half.size else math.inf
