"""What others watch denial rates with: (streams, days) statistics that grow with the evidence."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.detection.panels import WARMUP, Floats, Panel

RECENT = 14
BEFORE = WARMUP - RECENT
# The baseline of EWMA and CUSUM: the trailing year up to a week ago, with ten claims of the organization's rate.
BASELINE, GAP, PRIOR = 365, 7, 10
EWMA_WEIGHT, CUSUM_ODDS = 0.08, 2.0
NOTHING = -np.inf

Windows = tuple[Floats, Floats, Floats, Floats]


def mean_difference(panel: Panel) -> Floats:
    """Denial rate of the last 14 days less that of the 90 before."""
    recent_n, recent_x, before_n, before_x = _windows(panel)
    difference = recent_x / np.maximum(recent_n, 1) - before_x / np.maximum(before_n, 1)
    return np.where((recent_n > 0) & (before_n > 0), difference, NOTHING)


def z_test(panel: Panel) -> Floats:
    """The two-sample z of the same windows, pooled; its square is the chi-square of the two-by-two table."""
    return two_sample_z(*_windows(panel))


def two_sample_z(recent_n: Floats, recent_x: Floats, before_n: Floats, before_x: Floats) -> Floats:
    """(streams, days) z of claims denied of claims decided in two windows; NOTHING where one of them is empty."""
    pooled = (recent_x + before_x) / np.maximum(recent_n + before_n, 1)
    variance = pooled * (1 - pooled) * (1 / np.maximum(recent_n, 1) + 1 / np.maximum(before_n, 1))
    difference = recent_x / np.maximum(recent_n, 1) - before_x / np.maximum(before_n, 1)
    return np.where((recent_n > 0) & (before_n > 0), difference / np.sqrt(np.maximum(variance, 1e-12)), NOTHING)


def ewma(panel: Panel) -> Floats:
    """Exponentially weighted denials beyond the expected, over their exact standard deviation."""
    n, rate = panel.decided, baseline(panel)
    return ewma_of(panel.denied - n * rate, n * rate * (1 - rate))


def cusum(panel: Panel) -> Floats:
    """Page's CUSUM of the binomial log-likelihood ratio of doubled odds."""
    n, x, rate = panel.decided, panel.denied, baseline(panel)
    odds = rate / (1 - rate)
    return cusum_of(x * math.log(CUSUM_ODDS) - n * (np.log1p(CUSUM_ODDS * odds) - np.log1p(odds)))


def ewma_of(residual: Floats, variance: Floats) -> Floats:
    """Exponentially weighted residuals over their exact standard deviation; all (streams, days)."""
    level, spread = np.zeros((2, len(residual)))
    statistic = np.full(residual.shape, NOTHING)
    for day in range(WARMUP, residual.shape[1]):
        level = (1 - EWMA_WEIGHT) * level + EWMA_WEIGHT * residual[:, day]
        spread = (1 - EWMA_WEIGHT) ** 2 * spread + EWMA_WEIGHT**2 * variance[:, day]
        statistic[:, day] = level / np.sqrt(np.maximum(spread, 1e-9))
    return statistic


def cusum_of(steps: Floats) -> Floats:
    """Page's CUSUM of log-likelihood ratios; both (streams, days)."""
    total = np.zeros(len(steps))
    statistic = np.full(steps.shape, NOTHING)
    for day in range(WARMUP, steps.shape[1]):
        total = np.maximum(0, total + steps[:, day])
        statistic[:, day] = total
    return statistic


def normal_steps(residual: Floats, variance: Floats, shift: Floats) -> Floats:
    """Log-likelihood ratios of a normal residual whose mean moved by `shift`; 0 where nothing can be told."""
    told = variance > 0
    return np.where(told, shift * (residual - shift / 2) / np.where(told, variance, 1), 0)


def baseline(panel: Panel) -> Floats:
    """(streams, days) trailing denial rate, shrunk to the organization's."""
    n, x = trailing(panel.decided), trailing(panel.denied)
    rate = np.empty(n.shape)
    for rows in panel.organizations():
        prior = (x[rows].sum(axis=0) + 0.5) / (n[rows].sum(axis=0) + 1)
        rate[rows] = (x[rows] + PRIOR * prior) / (n[rows] + PRIOR)
    return rate


def _windows(panel: Panel) -> Windows:
    """Claims decided and denied in the last 14 days, and in the 90 before those."""
    recent_n, before_n = windows(panel.decided)
    recent_x, before_x = windows(panel.denied)
    return recent_n, recent_x, before_n, before_x


def windows(counts: Floats) -> tuple[Floats, Floats]:
    """(streams, days) each: sums over the last 14 days, 0 until both windows are full, and over the 90 before those."""
    day = np.arange(counts.shape[1]) + 1
    sums = _running(counts)
    now, then, first = (np.maximum(day - back, 0) for back in (0, RECENT, WARMUP))
    recent = np.where(day < WARMUP, 0, sums[:, now] - sums[:, then])
    return recent.astype(np.float64), (sums[:, then] - sums[:, first]).astype(np.float64)


def trailing(counts: Floats) -> Floats:
    """(streams, days) sums over the days of each day's baseline."""
    end = np.maximum(np.arange(counts.shape[1]) - GAP + 1, 0)
    sums = _running(counts)
    return sums[:, end] - sums[:, np.maximum(end - BASELINE, 0)]


def _running(counts: Floats) -> Floats:
    return np.concatenate((np.zeros((len(counts), 1), dtype=counts.dtype), counts.cumsum(axis=1)), axis=1)
