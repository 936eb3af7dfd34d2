"""Evidence from counts that vary more than chance alone would have them."""

from __future__ import annotations

import numpy as np

from upstream.detection.detectors.common import Floats

# Where phi is 1 the counts are Poisson, the limit of what is computed here.
_LEAST_EXCESS = 1e-6


def evidence_of(ratio: Floats, null: Floats | float, phi: Floats | float) -> tuple[Floats, Floats]:
    """(of an event, of an expected event): what each adds to the log-likelihood ratio of `ratio` against `null`.

    ratio, null: factors on the expectation E; phi: variance of the counts over their expectation, at least 1. Counts O
    are negative binomial with shape k = E / (phi - 1), as when all claims of a day share some luck, so that
    log L = O log(ratio (k + null E) / (null (k + ratio E))) + k log((k + null E) / (k + ratio E)); with phi the same on
    all days this is O times the first and E times the second. The mean of exp(log L) is 1 while nothing changes, so
    charts of it keep their promise; a Poisson log L divided by phi would not.
    """
    excess = np.maximum(phi - 1, _LEAST_EXCESS)
    shared = np.log((1 + excess * null) / (1 + excess * ratio))
    return np.log(ratio / null) + shared, shared / excess
