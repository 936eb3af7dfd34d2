"""Average run lengths of reference CUSUM charts, exactly: the yardstick for thresholds and tests."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_normal_cdf = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[np.float64])


def gaussian_cusum_arl(shift: float, reference: float, threshold: float, nodes: int = 120) -> float:
    """Observations until S = max(0, S + Z - reference) exceeds the threshold from S = 0, Z normal(shift, 1).

    The run length solves L(z) = 1 + L(0) P(Z <= k - z) + integral over 0..h of L(y) f(y + k - z) dy (Page 1954);
    solved on Gauss–Legendre nodes, the limit of Brook & Evans' (1972) Markov chain with ever finer states.
    """
    points, weights = np.polynomial.legendre.leggauss(nodes)
    states = np.concatenate(([0.0], threshold * (points + 1) / 2))
    weights = threshold / 2 * weights
    step = reference - shift - states
    move = np.empty((nodes + 1, nodes + 1))
    move[:, 0] = _normal_cdf(step)
    move[:, 1:] = weights * np.exp(-((states[None, 1:] + step[:, None]) ** 2) / 2) / math.sqrt(2 * math.pi)
    return float(np.linalg.solve(np.eye(nodes + 1) - move, np.ones(nodes + 1))[0])


def two_sided_gaussian_cusum_arl(shift: float, reference: float, threshold: float) -> float:
    """Run length of an upper and a lower CUSUM watched together, 1/L = 1/L_upper + 1/L_lower (Kemp 1961)."""
    upper = gaussian_cusum_arl(shift, reference, threshold)
    lower = gaussian_cusum_arl(-shift, reference, threshold)
    return 1 / (1 / upper + 1 / lower)


def bernoulli_cusum_arl(rate: float, step: int, threshold: int) -> float:
    """Claims until the lattice CUSUM S = max(0, S) + (step - 1 if denied else -1) reaches the threshold from S = 0.

    `rate` is the share denied; `step` is m and `threshold` is H of Reynolds & Stoumbos (1999), in units of 1/m.
    """
    if not 0 < rate < 1:
        raise ValueError(f"a denial rate lies strictly between 0 and 1, got {rate}")
    move = np.zeros((threshold, threshold))
    for state in range(threshold):
        move[state, max(state - 1, 0)] += 1 - rate
        if state + step - 1 < threshold:
            move[state, state + step - 1] += rate
    return float(np.linalg.solve(np.eye(threshold) - move, np.ones(threshold))[0])


def poisson_cusum_arl(
    expected: float, ratio: float, threshold: float, actual_ratio: float = 1.0, states: int = 800
) -> float:
    """Days until S = max(0, S + O log(ratio) + (1 - ratio) expected) reaches the threshold from S = 0.

    O is Poisson with mean actual_ratio x expected a day. Markov chain of Brook & Evans (1972) with `states` bands.
    """
    mean = actual_ratio * expected
    most = int(mean + 12 * math.sqrt(mean) + 30)
    counts = np.arange(most + 1)
    log_factorials = np.array([math.lgamma(k + 1) for k in counts])
    probability = np.exp(counts * math.log(mean) - mean - log_factorials)
    step = counts * math.log(ratio) + (1 - ratio) * expected
    width = threshold / states
    start = np.concatenate(([0.0], (np.arange(states) + 0.5) * width))
    move = np.zeros((states + 1, states + 1))
    for row, value in enumerate(start):
        reached = value + step
        inside = reached < threshold
        state = np.where(reached <= 0, 0, 1 + np.floor(reached / width)).astype(int)[inside]
        np.add.at(move[row], state, probability[inside])
    return float(np.linalg.solve(np.eye(states + 1) - move, np.ones(states + 1))[0])
