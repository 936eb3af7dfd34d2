"""Season: how the same weeks of the year before stood against their own year, pooled over payers."""

from __future__ import annotations

import numpy as np

from upstream.detection.detectors.common import Floats, Integers

YEAR = 365
HALF_WINDOW = 14
LARGEST_OFFSET = float(np.log(1.35))
MINIMUM_DECIDED = 100
MINIMUM_PAYERS = 3


def seasonal_offsets(decided_sums: Integers, denied_sums: Integers, gap_days: int) -> Floats:
    """(days,) log-odds offset of each day, 0 where no more than a year is known or fewer than three payers tell it.

    decided_sums, denied_sums: (payers, days + 1) running sums. Each payer compares the four weeks around the same day a
    year ago with the year they lay in; the offset is the payers' median weighted by claims, so that one payer's change
    does not pass for a season, and no larger than odds of 1.35.
    """
    days = decided_sums.shape[1] - 1
    offsets = np.zeros(days)
    first = YEAR + HALF_WINDOW
    if days <= first or len(decided_sums) < MINIMUM_PAYERS:
        return offsets
    day = np.arange(first, days)
    low, high = day - YEAR - HALF_WINDOW, day - YEAR + HALF_WINDOW + 1
    year_low = np.maximum(0, day - YEAR - YEAR // 2)
    year_high = np.minimum(year_low + YEAR, day - gap_days + 1)

    def window(sums: Integers, start: Integers, end: Integers) -> Integers:
        return sums[:, end] - sums[:, start]

    weight = window(decided_sums, low, high)
    log_odds = [
        np.log((denied + 0.5) / (decided - denied + 0.5))
        for decided, denied in (
            (weight, window(denied_sums, low, high)),
            (window(decided_sums, year_low, year_high), window(denied_sums, year_low, year_high)),
        )
    ]
    weight = np.where(weight >= MINIMUM_DECIDED, weight, 0)
    median = _weighted_median(log_odds[0] - log_odds[1], weight)
    told = (weight > 0).sum(axis=0) >= MINIMUM_PAYERS
    offsets[first:] = np.where(told, np.clip(median, -LARGEST_OFFSET, LARGEST_OFFSET), 0)
    return offsets


def _weighted_median(values: Floats, weights: Integers) -> Floats:
    """Median over the first axis: the smallest value with at least half of the weight at or below it."""
    order = values.argsort(axis=0, kind="stable")
    reached = np.take_along_axis(weights, order, axis=0).cumsum(axis=0) * 2 >= weights.sum(axis=0)
    return np.take_along_axis(values, np.take_along_axis(order, reached.argmax(axis=0)[None], axis=0), axis=0)[0]
