"""Season and other movement common to the payers, which is no payer's doing."""

from __future__ import annotations

import numpy as np

from upstream.detection.detectors.common import Floats, Integers

WINDOW_DAYS = 28
MINIMUM_DECIDED = 50
MINIMUM_PAYERS = 3
# The steepest day of a season of ±20 % over the year, in log-odds at a rate of one claim in ten.
STEEPEST_DAY = 0.0038


def common_offset(decided: Integers, denied: Integers, expected: Floats, yesterday: float, largest: float) -> float:
    """How far the payers together stand from their baselines, in log-odds; 0 where fewer than three can tell.

    decided, denied, expected: (payers,) claims decided, denied, and denials expected, over the last WINDOW_DAYS. The
    offset is the payers' median weighted by claims, none weighing more than the third largest, so that one change is
    not taken for a season. It moves from yesterday's offset no faster than a season does and stays within ±largest, so
    that a sudden change at all payers at once still alarms.
    """
    target = float(np.clip(_median_offset(decided, denied, expected), -largest, largest))
    return float(np.clip(target, yesterday - STEEPEST_DAY, yesterday + STEEPEST_DAY))


def _median_offset(decided: Integers, denied: Integers, expected: Floats) -> float:
    tells = decided >= MINIMUM_DECIDED
    if np.count_nonzero(tells) < MINIMUM_PAYERS:
        return 0.0
    n, x, e = decided[tells], denied[tells], expected[tells]
    offsets = np.log((x + 0.5) / (n - x + 0.5)) - np.log((e + 0.5) / (n - e + 0.5))
    weights = np.minimum(n, np.partition(n, -MINIMUM_PAYERS)[-MINIMUM_PAYERS])
    order = offsets.argsort(kind="stable")
    middle = np.searchsorted(weights[order].cumsum(), weights.sum() / 2)
    return float(offsets[order[middle]])
