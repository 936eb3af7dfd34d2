"""What is measured: one definition of each figure, for the graph, the payers' pages and whoever else shows it.

What is undefined is None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

import numpy as np

from upstream.claims.metrics.estimates import Rate, Wait, quantile, share, wait
from upstream.core.money import dollars


@dataclass(slots=True)
class Figures:
    """What the claims of one group come to; amounts in cents.

    Of claims submitted in the time: submitted, submitted_cents, and of those cohort_decided and cohort_denied so far;
    decision_ends, decision_leaves, payment_ends, payment_leaves: as in `wait`. Of claims decided in it: decided, denied
    (as a whole), decided_cents (billed), allowed_cents, denied_cents; denied_of: those denied in all groups that differ
    in nothing but what they were denied for; decided_after: claims, by days since their submission. Paid or taken back
    in it: paid_cents, takebacks, takeback_cents; waited: claims paid, by days since their submission. Undecided at its
    end: open_after, claims by days since their submission, and open_cents billed on them.
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
    denied_of: int = 0
    decided_after: dict[int, int] = field(default_factory=dict)
    decision_ends: dict[int, int] = field(default_factory=dict)
    decision_leaves: dict[int, int] = field(default_factory=dict)
    payment_ends: dict[int, int] = field(default_factory=dict)
    payment_leaves: dict[int, int] = field(default_factory=dict)
    open_after: dict[int, int] = field(default_factory=dict)
    open_cents: int = 0

    def open_for(self, days: int) -> int:
        """Claims that wait for their decision for longer than so many days."""
        return sum(claims for age, claims in self.open_after.items() if age > days)


def _percentile(of: dict[int, int], percent: int) -> float | None:
    """As `quantile`, of claims by days."""
    days = sorted(of)
    return quantile(np.array(days, np.int64), np.array([of[each] for each in days], np.int64), percent)


class Reads(Enum):
    """What of the roll-up a measure is read from: sums of its days, its decisions, its waits; or the claims alone."""

    SUMS = "sums"
    DECISIONS = "decisions"
    WAITS = "waits"
    CLAIMS = "claims"


class Event(Enum):
    """What of the claims a measure counts, where it is read from them."""

    SUBMISSION = "submission"
    COHORT = "cohort"
    DECISION = "decision"
    PAYMENT = "payment"
    DAYS_TO_DECISION = "days to decision"
    DAYS_TO_PAYMENT = "days to payment"
    WAIT_FOR_DECISION = "wait for decision"
    WAIT_FOR_PAYMENT = "wait for payment"
    OPEN = "open"
    TAKEBACK = "takeback"


Value = int | float | Decimal | Rate | Wait | None


@dataclass(frozen=True, slots=True)
class Definition:
    """words: what it is, of which claims and by which day. sums: those of the roll-up it is read from, if it is.
    by_category: whether it has a part for a denial category or code."""

    words: str
    reads: Reads
    event: Event
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
    DENIED_SHARE = "denied_share"
    MEDIAN_DAYS_TO_DECISION = "median_days_to_decision"
    P90_DAYS_TO_DECISION = "p90_days_to_decision"
    WAIT_FOR_DECISION = "wait_for_decision"
    WAIT_FOR_PAYMENT = "wait_for_payment"
    OPEN_CLAIMS = "open_claims"
    OPEN_CLAIMS_OVER_30_DAYS = "open_claims_over_30_days"
    OPEN_CLAIMS_OVER_60_DAYS = "open_claims_over_60_days"
    OPEN_CLAIMS_OVER_90_DAYS = "open_claims_over_90_days"
    OPEN_BILLED_AMOUNT = "open_billed_amount"


def _denial_rate(of: Figures) -> Rate | None:
    return Rate(of.denied, of.decided) if of.decided else None


def _cohort_denial_rate(of: Figures) -> Rate | None:
    return Rate(of.cohort_denied, of.cohort, of.cohort_decided / of.cohort) if of.cohort else None


DEFINITIONS: dict[Measure, Definition] = {
    Measure.CLAIMS: Definition(
        "Claims, by submission day.", Reads.SUMS, Event.SUBMISSION, lambda of: of.submitted, ("submitted",)
    ),
    Measure.BILLED_AMOUNT: Definition(
        "USD billed on claims, by submission day.",
        Reads.SUMS,
        Event.SUBMISSION,
        lambda of: dollars(of.submitted_cents),
        ("submitted_cents",),
    ),
    Measure.DECIDED: Definition(
        "Claims decided, by decision day.", Reads.SUMS, Event.DECISION, lambda of: of.decided, ("decided",)
    ),
    Measure.DENIED: Definition(
        "Claims denied as a whole, by decision day.",
        Reads.SUMS,
        Event.DECISION,
        lambda of: of.denied,
        ("denied",),
        by_category=True,
    ),
    Measure.DENIAL_RATE: Definition(
        "Denied of decided claims, by decision day; null where none was decided.",
        Reads.SUMS,
        Event.DECISION,
        _denial_rate,
        ("decided", "denied"),
    ),
    Measure.COHORT_DENIAL_RATE: Definition(
        "Of claims submitted in the time, those denied so far; it can rise until `maturity` is 1. Null where none was "
        "submitted.",
        Reads.CLAIMS,
        Event.COHORT,
        _cohort_denial_rate,
    ),
    Measure.DECIDED_BILLED_AMOUNT: Definition(
        "USD billed on claims decided, by decision day.",
        Reads.DECISIONS,
        Event.DECISION,
        lambda of: dollars(of.decided_cents),
    ),
    Measure.DENIED_AMOUNT: Definition(
        "Of the USD billed, those denied: all of a claim denied as a whole, the denied lines of one paid in part; by "
        "decision day.",
        Reads.DECISIONS,
        Event.DECISION,
        lambda of: dollars(of.denied_cents),
        by_category=True,
    ),
    Measure.DENIED_AMOUNT_SHARE: Definition(
        "`deniedAmount` of `decidedBilledAmount`; null where nothing billed was decided.",
        Reads.DECISIONS,
        Event.DECISION,
        lambda of: share(of.denied_cents, of.decided_cents),
    ),
    Measure.ALLOWED_AMOUNT: Definition(
        "USD allowed on claims decided, by decision day, of those whose decision tells it.",
        Reads.DECISIONS,
        Event.DECISION,
        lambda of: dollars(of.allowed_cents),
    ),
    Measure.PAID_AMOUNT: Definition(
        "USD paid on claims, by payment day.",
        Reads.SUMS,
        Event.PAYMENT,
        lambda of: dollars(of.paid_cents),
        ("paid_cents",),
    ),
    Measure.MEDIAN_DAYS_TO_PAYMENT: Definition(
        "Days from submission to payment, the median of claims paid, by payment day; null where none was.",
        Reads.WAITS,
        Event.DAYS_TO_PAYMENT,
        lambda of: _percentile(of.waited, 50),
    ),
    Measure.P90_DAYS_TO_PAYMENT: Definition(
        "Days from submission to payment within which 90 % of the claims paid were paid, by payment day; null where "
        "none was.",
        Reads.WAITS,
        Event.DAYS_TO_PAYMENT,
        lambda of: _percentile(of.waited, 90),
    ),
    Measure.TAKEBACKS: Definition(
        "Payments taken back, less those given back, by the day of it.",
        Reads.SUMS,
        Event.TAKEBACK,
        lambda of: of.takebacks,
        ("takebacks",),
    ),
    Measure.TAKEBACK_AMOUNT: Definition(
        "USD taken back, less those given back, by the day of it.",
        Reads.SUMS,
        Event.TAKEBACK,
        lambda of: dollars(of.takeback_cents),
        ("takeback_cents",),
    ),
    Measure.DENIED_SHARE: Definition(
        "By denial category or code: of the claims denied as a whole in groups that differ in nothing else, those of "
        "this one; by decision day. Null where none was denied, and by anything else.",
        Reads.DECISIONS,
        Event.DECISION,
        lambda of: share(of.denied, of.denied_of),
        by_category=True,
    ),
    Measure.MEDIAN_DAYS_TO_DECISION: Definition(
        "Days from submission to decision, the median of claims decided, by decision day; null where none was.",
        Reads.CLAIMS,
        Event.DAYS_TO_DECISION,
        lambda of: _percentile(of.decided_after, 50),
    ),
    Measure.P90_DAYS_TO_DECISION: Definition(
        "Days from submission to decision within which 90 % of the claims decided were decided, by decision day; null "
        "where none was.",
        Reads.CLAIMS,
        Event.DAYS_TO_DECISION,
        lambda of: _percentile(of.decided_after, 90),
    ),
    Measure.WAIT_FOR_DECISION: Definition(
        "Of claims submitted in the time, how long they wait for a decision, those that still wait included (Kaplan "
        "and Meier); null where none was submitted.",
        Reads.CLAIMS,
        Event.WAIT_FOR_DECISION,
        lambda of: wait(of.decision_ends, of.decision_leaves),
    ),
    Measure.WAIT_FOR_PAYMENT: Definition(
        "Of claims submitted in the time, how long they wait for a payment, those that still wait included and those "
        "denied up to their denial (Kaplan and Meier); null where none was submitted.",
        Reads.CLAIMS,
        Event.WAIT_FOR_PAYMENT,
        lambda of: wait(of.payment_ends, of.payment_leaves),
    ),
    Measure.OPEN_CLAIMS: Definition(
        "Claims without a decision at the end of the last day, whenever they were submitted.",
        Reads.CLAIMS,
        Event.OPEN,
        lambda of: of.open_for(-1),
    ),
    Measure.OPEN_CLAIMS_OVER_30_DAYS: Definition(
        "Of `openClaims`, those submitted more than 30 days before.",
        Reads.CLAIMS,
        Event.OPEN,
        lambda of: of.open_for(30),
    ),
    Measure.OPEN_CLAIMS_OVER_60_DAYS: Definition(
        "Of `openClaims`, those submitted more than 60 days before.",
        Reads.CLAIMS,
        Event.OPEN,
        lambda of: of.open_for(60),
    ),
    Measure.OPEN_CLAIMS_OVER_90_DAYS: Definition(
        "Of `openClaims`, those submitted more than 90 days before.",
        Reads.CLAIMS,
        Event.OPEN,
        lambda of: of.open_for(90),
    ),
    Measure.OPEN_BILLED_AMOUNT: Definition(
        "USD billed on `openClaims`.", Reads.CLAIMS, Event.OPEN, lambda of: dollars(of.open_cents)
    ),
}


def tells(of: Figures, measure: Measure) -> bool:
    """Whether anything that the measure counts happened: a share of 0 says so, a count of 0 does not."""
    value = DEFINITIONS[measure].value(of)
    return value is not None and (isinstance(value, float) or value != 0)
