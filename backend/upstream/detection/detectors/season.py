"""Season and other movement common to the payers, which is no payer's doing."""

from __future__ import annotations

import numpy as np

from upstream.detection.detectors.common import Floats, Integers

# Long enough for the payers together to tell, short enough to follow a season: at its steepest one of ±20 % over the
# year moves a rate of one in ten by 0.08 in log-odds over half of these days, which the detectors' null band excuses.
WINDOW_DAYS = 42
MINIMUM_PAYERS = 3
# Residuals, in standard errors, from which a payer's weight falls (Huber 1964), and the weight of "no movement".
HUBER, PRIOR_INFORMATION = 1.3, 7.0
ITERATIONS = 4


def common_offsets(
    pool: Integers,
    count: Integers,
    events: Integers,
    expected: Floats,
    variance: Floats,
    pools: int,
    largest: float,
) -> tuple[Floats, Floats]:
    """How far the payers of each pool together stand from their baselines, in log-odds, and its error: (pools,) each.

    pool: (payers,) the pool each belongs to, below `pools`. count, events, expected: (payers,) claims, events and
    expected events over the last WINDOW_DAYS, 0 where not known; variance: of events, with over-dispersion. Each payer
    tells (events - expected) / information; the offset is their mean weighted by information, as an M-estimate with
    Huber's weights, none weighing more than the third largest, so that one payer's change is not taken for a season. It
    is 0, without an error, where fewer than three can tell, and stays within ±largest, so that a large change at all
    payers still alarms.
    """
    information = np.where(count > 0, expected * (1 - expected / np.maximum(count, 1)), 0.0)
    tells = information > 0
    offset = np.divide(events - expected, information, out=np.zeros(len(pool)), where=tells)
    weight = np.where(tells, information**2 / np.maximum(variance, 1e-12), 0.0)
    capped = np.minimum(weight, _third_largest(weight, pool, pools)[pool])
    standard_errors = np.sqrt(weight)
    common, known = np.zeros(pools), np.zeros(pools)
    for _ in range(ITERATIONS):
        residual = np.abs(offset - common[pool]) * standard_errors
        robust = capped * np.minimum(1, HUBER / np.maximum(residual, 1e-9))
        known = np.bincount(pool, robust, pools).astype(np.float64)
        common = np.bincount(pool, robust * offset, pools) / (known + PRIOR_INFORMATION)
    error = np.where(known > 0, 1 / np.sqrt(known + PRIOR_INFORMATION), 0.0)
    return np.clip(common, -largest, largest), error


def _third_largest(weight: Floats, pool: Integers, pools: int) -> Floats:
    """(pools,) the third largest weight of each pool; 0 where it has fewer."""
    order = np.lexsort((-weight, pool))
    ordered = pool[order]
    place = np.searchsorted(ordered, np.arange(pools)) + MINIMUM_PAYERS - 1
    inside = place < len(order)
    third = np.zeros(pools)
    chosen = place[inside]
    own = ordered[chosen] == np.flatnonzero(inside)
    third[np.flatnonzero(inside)[own]] = weight[order[chosen[own]]]
    return third
