"""Sums over claims of unequal size: what they and their sums of squares tell of the claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from upstream.detection.detectors.common import Floats, Integers
from upstream.detection.detectors.intervals import beta_quantile

# Less than any amount of money, or its square.
_NOTHING = 1e-300


class Dollars(NamedTuple):
    """Dollars decided in cells of any one shape: billed, denied, sum of squares, and the largest claim's bound."""

    billed: Floats
    denied: Floats
    squares: Floats
    largest: Floats

    def scaled(self, weight: Floats) -> Dollars:
        return Dollars(self.billed * weight, self.denied * weight, self.squares * weight**2, self.largest * weight)


@dataclass(frozen=True, slots=True)
class WeightedShare:
    """A part of a whole (denied of billed dollars) with a 95 % interval; rate is None when the whole is nothing."""

    part: float
    whole: float
    effective_claims: float
    rate: float | None
    low: float
    high: float


def ratio(amounts: Floats, of: Floats) -> Floats:
    """amounts / of, both of one shape; 0 where both are."""
    result: Floats = amounts / np.maximum(of, _NOTHING)
    return result


def weighted_share(whole: Floats, part: Floats, squares: Floats) -> WeightedShare:
    """Share of dollars over days, each (days,), with its interval (0..1 when nothing is known).

    Korn & Graubard (Survey Methodology 1998): Clopper–Pearson with the effective number of claims in place of their
    number. That is whole^2 / squares (Kish 1965), or fewer where the days scatter wider than this lets expect.
    """
    total, taken, square = float(whole.sum()), float(part.sum()), float(squares.sum())
    if total <= 0:
        return WeightedShare(0.0, 0.0, 0.0, None, 0.0, 1.0)
    rate = min(taken / total, 1.0)
    scatter = max(square * rate * (1 - rate), float(((part - rate * whole) ** 2).sum()))
    claims = rate * (1 - rate) * total**2 / scatter if scatter > 0 else total**2 / square
    events = rate * claims
    low = beta_quantile(0.025, events, claims - events + 1) if events > 0 else 0.0
    high = beta_quantile(0.975, events + 1, claims - events) if events < claims else 1.0
    return WeightedShare(taken, total, claims, rate, low, high)


def largest_claims(billed: Floats, squares: Floats, decided: Integers) -> Floats:
    """The most dollars that one of `decided` claims with this sum and sum of squares can have (Samuelson 1968)."""
    claims = np.maximum(decided, 1)
    mean = billed / claims
    most: Floats = mean + np.sqrt((claims - 1) * np.maximum(squares / claims - mean * mean, 0))
    return np.minimum(most, np.sqrt(squares))
