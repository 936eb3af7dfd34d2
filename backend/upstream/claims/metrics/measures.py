"""What is measured: one definition of each figure, for the graph, the payers' pages and whoever else shows it.

A share, a median or a percentile of no claims is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from math import sqrt

import numpy as np

from upstream.claims.daily_facts import Integers
from upstream.core.money import dollars

#: Of the normal distribution, for intervals of 95 %.
_Z = 1.959963984540054


def share(part: int, of: int) -> float | None:
    return part / of if of else None


def quantile(days: Integers, claims: Integers, percent: int) -> float | None:
    """So many percent of claims took at most so many days. days: in order, with the claims of each.

    The 50th is the median: the mean of the two middle claims where they are even in number.
    """
    passed = np.cumsum(claims)
    if not len(passed) or not passed[-1]:
        return None
    total = int(passed[-1])
    places = [(total - 1) // 2, total // 2] if percent == 50 else [-(-total * percent // 100) - 1]
    return float(days[np.searchsorted(passed, places, "right")].mean())


@dataclass(frozen=True, slots=True)
class Rate:
    """numerator of denominator claims; low, high: Wilson's interval of 95 %. maturity: share of the claims decided,
    where they are counted by submission; None where by decision."""

    numerator: int
    denominator: int
    maturity: float | None = None

    @property
    def value(self) -> float:
        return self.numerator / self.denominator

    @property
    def low(self) -> float:
        return max(0.0, self._middle() - self._half())

    @property
    def high(self) -> float:
        return min(1.0, self._middle() + self._half())

    def _middle(self) -> float:
        return (self.numerator + _Z**2 / 2) / (self.denominator + _Z**2)

    def _half(self) -> float:
        variance = self.value * (1 - self.value) * self.denominator + _Z**2 / 4
        return _Z * sqrt(variance) / (self.denominator + _Z**2)


@dataclass(slots=True)
class Figures:
    """What the claims of one group come to; amounts in cents.

    Of claims submitted in the time: submitted, submitted_cents, and of those cohort_decided and cohort_denied so far.
    Of claims decided in it: decided, denied (as a whole), decided_cents (billed), allowed_cents, denied_cents. Paid or
    taken back in it: paid_cents, takebacks, takeback_cents; waited: claims paid, by days since their submission.
    """

    submitted: int = 0
    submitted_cents: int = 0
    decided: int = 0
    denied: int = 0
    paid_cents: int = 0
    takebacks: int = 0
    takeback_cents: int = 0
    decided_cents: int = 0
    denied_cents: int = 0
    allowed_cents: int = 0
    cohort: int = 0
    cohort_decided: int = 0
    cohort_denied: int = 0
    waited: dict[int, int] = field(default_factory=dict)

    def days_to_payment(self, percent: int) -> float | None:
        days = sorted(self.waited)
        claims = [self.waited[each] for each in days]
        return quantile(np.array(days, np.int64), np.array(claims, np.int64), percent)


class Reads(Enum):
    """What a measure is read from: sums of the roll-up's days, its decisions, its waits, or the claims themselves."""

    SUMS = "sums"
    DECISIONS = "decisions"
    WAITS = "waits"
    CLAIMS = "claims"


Value = int | float | Decimal | Rate | None


@dataclass(frozen=True, slots=True)
class Definition:
    """words: what it is, of which claims and by which day. sums: those of the roll-up it is read from, if it is.
    by_category: whether it has a part for a denial category."""

    words: str
    reads: Reads
    value: Callable[[Figures], Value]
    sums: tuple[str, ...] = ()
    by_category: bool = False


class Measure(Enum):
    """The value is the name of the figure in code; the graph writes it in camel case."""

    CLAIMS = "claims"
    BILLED_AMOUNT = "billed_amount"
    DECIDED = "decided"
    DENIED = "denied"
    DENIAL_RATE = "denial_rate"
    COHORT_DENIAL_RATE = "cohort_denial_rate"
    DECIDED_BILLED_AMOUNT = "decided_billed_amount"
    DENIED_AMOUNT = "denied_amount"
    DENIED_AMOUNT_SHARE = "denied_amount_share"
    ALLOWED_AMOUNT = "allowed_amount"
    PAID_AMOUNT = "paid_amount"
    MEDIAN_DAYS_TO_PAYMENT = "median_days_to_payment"
    P90_DAYS_TO_PAYMENT = "p90_days_to_payment"
    TAKEBACKS = "takebacks"
    TAKEBACK_AMOUNT = "takeback_amount"


def _denial_rate(of: Figures) -> Rate | None:
    return Rate(of.denied, of.decided) if of.decided else None


def _cohort_denial_rate(of: Figures) -> Rate | None:
    return Rate(of.cohort_denied, of.cohort, of.cohort_decided / of.cohort) if of.cohort else None


DEFINITIONS: dict[Measure, Definition] = {
    Measure.CLAIMS: Definition("Claims, by submission day.", Reads.SUMS, lambda of: of.submitted, ("submitted",)),
    Measure.BILLED_AMOUNT: Definition(
        "USD billed on claims, by submission day.",
        Reads.SUMS,
        lambda of: dollars(of.submitted_cents),
        ("submitted_cents",),
    ),
    Measure.DECIDED: Definition("Claims decided, by decision day.", Reads.SUMS, lambda of: of.decided, ("decided",)),
    Measure.DENIED: Definition(
        "Claims denied as a whole, by decision day.", Reads.SUMS, lambda of: of.denied, ("denied",), by_category=True
    ),
    Measure.DENIAL_RATE: Definition(
        "Denied of decided claims, by decision day; null where none was decided.",
        Reads.SUMS,
        _denial_rate,
        ("decided", "denied"),
    ),
    Measure.COHORT_DENIAL_RATE: Definition(
        "Of claims submitted in the time, those denied so far; it can rise until `maturity` is 1. Null where none was "
        "submitted.",
        Reads.CLAIMS,
        _cohort_denial_rate,
    ),
    Measure.DECIDED_BILLED_AMOUNT: Definition(
        "USD billed on claims decided, by decision day.", Reads.DECISIONS, lambda of: dollars(of.decided_cents)
    ),
    Measure.DENIED_AMOUNT: Definition(
        "Of the USD billed, those denied: all of a claim denied as a whole, the denied lines of one paid in part; by "
        "decision day.",
        Reads.DECISIONS,
        lambda of: dollars(of.denied_cents),
        by_category=True,
    ),
    Measure.DENIED_AMOUNT_SHARE: Definition(
        "`deniedAmount` of `decidedBilledAmount`; null where nothing billed was decided.",
        Reads.DECISIONS,
        lambda of: share(of.denied_cents, of.decided_cents),
    ),
    Measure.ALLOWED_AMOUNT: Definition(
        "USD allowed on claims decided, by decision day, of those whose decision tells it.",
        Reads.DECISIONS,
        lambda of: dollars(of.allowed_cents),
    ),
    Measure.PAID_AMOUNT: Definition(
        "USD paid on claims, by payment day.", Reads.SUMS, lambda of: dollars(of.paid_cents), ("paid_cents",)
    ),
    Measure.MEDIAN_DAYS_TO_PAYMENT: Definition(
        "Days from submission to payment, the median of claims paid, by payment day; null where none was.",
        Reads.WAITS,
        lambda of: of.days_to_payment(50),
    ),
    Measure.P90_DAYS_TO_PAYMENT: Definition(
        "Days from submission to payment within which 90 % of the claims paid were paid, by payment day; null where "
        "none was.",
        Reads.WAITS,
        lambda of: of.days_to_payment(90),
    ),
    Measure.TAKEBACKS: Definition(
        "Payments taken back, less those given back, by the day of it.",
        Reads.SUMS,
        lambda of: of.takebacks,
        ("takebacks",),
    ),
    Measure.TAKEBACK_AMOUNT: Definition(
        "USD taken back, less those given back, by the day of it.",
        Reads.SUMS,
        lambda of: dollars(of.takeback_cents),
        ("takeback_cents",),
    ),
}


def tells(of: Figures, measure: Measure) -> bool:
    """Whether anything that the measure counts happened: a share of 0 says so, a count of 0 does not."""
    value = DEFINITIONS[measure].value(of)
    return value is not None and (isinstance(value, float) or value != 0)
