"""Season and other movement common to the payers, which is no payer's doing."""

from __future__ import annotations

import numpy as np

from upstream.detection.detectors.common import Floats

# Long enough for the payers together to tell, short enough to follow a season: at its steepest one of ±20 % over the
# year moves a rate of one in ten by 0.08 in log-odds over half of these days, which the detectors' null band excuses.
WINDOW_DAYS = 42
MINIMUM_PAYERS = 3
# Residuals, in standard errors, from which a payer's weight falls (Huber 1964), and the weight of "no movement".
HUBER, PRIOR_INFORMATION = 1.3, 7.0
ITERATIONS = 4
_NO_INFORMATION = 1e-100


def common_offsets(count: Floats, events: Floats, expected: Floats, variance: Floats, *, largest: float) -> Floats:
    """How far the payers of each pool together stand from their baselines, in log-odds, and its error: (2, pools).

    count, events, expected: (pools, payers) claims, events and expected events over the last WINDOW_DAYS, 0 where not
    known or where a pool has fewer payers (see `Pooling.by_pool`); variance: of events, with over-dispersion. Each
    payer tells (events - expected) / information; the offset is their mean weighted by information, as an M-estimate
    with Huber's weights, none weighing more than the third largest, so that one payer's change is not taken for a
    season. It is 0, without an error, where fewer than three can tell, and stays within ±largest, so that a large
    change at all payers still alarms.
    """
    information = np.maximum(expected - expected * expected / np.maximum(count, 1), 0)
    if not information.any():
        return np.zeros((2, len(information)))
    # Who tells nothing has no weight either, so that its offset may be anything finite.
    offset = events - expected
    offset /= np.maximum(information, _NO_INFORMATION)
    weight = information * information / np.maximum(variance, 1e-12)
    standard_errors = np.sqrt(weight)
    # Huber's weight is 1 up to HUBER standard errors, and falls with their number beyond.
    capped = HUBER * np.minimum(weight, _third_largest(weight))
    common = np.zeros(len(weight))
    residual, robust = np.empty_like(offset), np.empty_like(offset)
    for _ in range(ITERATIONS):
        np.subtract(offset, common[:, None], out=residual)
        np.abs(residual, out=residual)
        residual *= standard_errors
        np.divide(capped, np.maximum(residual, HUBER, out=residual), out=robust)
        known = robust.sum(axis=1)
        common = np.vecdot(robust, offset) / (known + PRIOR_INFORMATION)
    error = (known > 0) / np.sqrt(known + PRIOR_INFORMATION)
    return np.array([np.minimum(np.maximum(common, -largest), largest), error])


def _third_largest(weight: Floats) -> Floats:
    """(pools, 1) the third largest weight of each pool; 0 where it has fewer."""
    if weight.shape[1] < MINIMUM_PAYERS:
        return np.zeros((len(weight), 1))
    third: Floats = np.partition(weight, -MINIMUM_PAYERS, axis=1)[:, -MINIMUM_PAYERS, None]
    return third
