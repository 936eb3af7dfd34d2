"""Exact binomial intervals from the beta quantile, with the standard library alone."""

from __future__ import annotations

import math
from statistics import NormalDist

_TINY = 1e-300
_FRACTION_TOLERANCE = 1e-15
_FRACTION_TERMS = 100_000


def regularized_incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b), the distribution function of Beta(a, b) at x.

    Continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions, by the modified Lentz method, on
    whichever side of the mean it converges fast. Raises ValueError for a or b not positive or x outside [0, 1].
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"incomplete beta needs a > 0, b > 0 and 0 <= x <= 1, got a={a}, b={b}, x={x}")
    if x == 0 or x == 1:
        return float(x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _beta_fraction(x, a, b) / a
    return 1 - math.exp(log_front) * _beta_fraction(1 - x, b, a) / b


def _beta_fraction(x: float, a: float, b: float) -> float:
    """1 / (1 + t1 / (1 + t2 / ...)), two terms at a time: 1 / (1 + t1 - t1 t2 / (1 + t2 + t3 - t3 t4 / ...))."""
    odd = -(a + b) * x / (a + 1)
    c, d = math.inf, 1 / (1 + odd or _TINY)
    value = d
    for m in range(1, _FRACTION_TERMS):
        place = a + 2 * m
        even = m * (b - m) * x / ((place - 1) * place)
        part = -odd * even
        odd = -(a + m) * (a + b + m) * x / (place * (place + 1))
        whole = 1 + even + odd
        d = 1 / (whole + part * d or _TINY)
        c = whole + part / c or _TINY
        step = c * d
        value *= step
        if abs(step - 1) < _FRACTION_TOLERANCE:
            return value
    raise ArithmeticError(f"incomplete beta did not converge for a={a}, b={b}, x={x}")


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = probability: Halley's steps inside a shrinking bracket, bisection where they leave it."""
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability lies between 0 and 1, got {probability}")
    if probability in (0, 1):
        return float(probability)
    low, high = 0.0, 1.0
    mean, spread = a / (a + b), math.sqrt(a * b / (a + b + 1)) / (a + b)
    # The normal quantile and what skewness moves it by (Cornish & Fisher 1938), begin close by.
    normal, skewness = NormalDist().inv_cdf(probability), 2 * (b - a) / (a + b + 2) / (spread * (a + b))
    x = mean + (normal + skewness / 6 * (normal**2 - 1)) * spread
    x = min(max(x, mean / 100), 1 - (1 - mean) / 100)
    log_norm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    for _ in range(200):
        error = regularized_incomplete_beta(x, a, b) - probability
        low, high = (low, x) if error > 0 else (x, high)
        log_density = log_norm + (a - 1) * math.log(x) + (b - 1) * math.log1p(-x)
        proposal = math.nan
        # A density too small to divide by means the step would leave the bracket anyway.
        if log_density > -600:
            newton = error / math.exp(log_density)
            bend = newton * ((a - 1) / x - (b - 1) / (1 - x))
            proposal = x - newton / (1 - min(bend, 1) / 2)
        if not low <= proposal <= high:
            proposal = (low + high) / 2
        # What is left of an error is about its cube, in units of the distribution's own scale.
        settled = max(1e-13 * proposal, 1e-5 * min(proposal, 1 - proposal, spread))
        if abs(proposal - x) <= settled or high - low < 1e-16:
            return proposal
        x = proposal
    return x


def binomial_interval(events: float, count: float, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper–Pearson interval (low, high) for a share of `events` among `count` claims; (0, 1) when count is 0."""
    if not 0 <= events <= count:
        raise ValueError(f"events must lie between 0 and count, got {events} of {count}")
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, events, count - events + 1) if events else 0.0
    high = beta_quantile(1 - tail, events + 1, count - events) if events < count else 1.0
    return low, high
