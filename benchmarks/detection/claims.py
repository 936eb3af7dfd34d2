"""Claims followed from their submission to denial or payment, day by day and age by age."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from benchmarks.detection.panels import (
    BUSINESS_WEEK,
    Changes,
    Counts,
    Ends,
    Floats,
    Panel,
    Payers,
    Scenario,
    daily_rates,
    seasonal,
    unchanging,
)

AGES = 121
# Days from submission to decision are lognormal with this spread of their logarithm; the median of denials in days.
SPREAD, DENIAL_MEDIAN = 0.55, 10.0
# Claims on their way on the first day have been submitted before it.
WAITING_BEFORE = 120
# What changes, or swings with a season and comes in batches: denials by the day of decision, denials by the day of
# submission, or days to payment.
Struck = Literal["denials", "denials of new claims", "payments"]


def waiting_claims(
    rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario, struck: Struck
) -> Panel:
    """Claims from submission, on business days, to denial or payment, on the days that the scenario says.

    Competing risks: of claims that a payer denies at rate p, denials follow their distribution of ages and payments
    theirs, so the hazards at an age are p f_D / S and (1 - p) f_P / S with S = p S_D + (1 - p) S_P. Over-dispersion of
    denials: the odds of all decisions of a payer on one day share one beta draw; of payments: the hazards of a day
    share one gamma draw, whose variance is that of a rate with a correlation of rho between two claims.
    """
    streams = len(payers)
    denials = struck != "payments"
    rates = daily_rates(
        rng, payers, changes if denials else unchanging(payers), days, scenario if denials else Scenario("", "")
    )
    speed = np.ones((streams, days)) if denials else seasonal(rng, payers, days, scenario.season)
    step_on = rng.integers(150, days - 100, int(payers.organization.max()) + 1)[payers.organization]
    denied_pmf, denied_left = _ages(np.full(streams, DENIAL_MEDIAN))
    paid_pmf, paid_left = _ages(payers.payment_median)
    week = _decision_days(rng, streams, scenario)
    waiting = np.zeros((streams, AGES), dtype=np.int64)
    submitted, decided, denied = np.zeros((3, streams, days), dtype=np.int64)
    age = np.arange(AGES)
    columns: list[tuple[Counts, ...]] = []
    for day in range(-WAITING_BEFORE, days):
        waiting[:, 1:] = waiting[:, :-1].copy()
        grown = np.where(day >= step_on, scenario.volume_step, 1.0)
        waiting[:, 0] = arrivals = rng.poisson(payers.volume * grown * BUSINESS_WEEK[day % 7])
        changing = np.flatnonzero(changes.on == day)
        if changing.size and not denials:
            slower = _ages(payers.payment_median[changing] * changes.factor[changing])
            paid_pmf[changing], paid_left[changing] = slower
        seen = max(day, 0)
        rate = rates[:, np.maximum(seen - age, 0)] if struck == "denials of new claims" else rates[:, seen, None]
        left = np.maximum(rate * denied_left + (1 - rate) * paid_left, 1e-12)
        denial, payment = rate * denied_pmf / left, (1 - rate) * paid_pmf / left * speed[:, seen, None]
        if scenario.rho and not denials:
            payment = _in_batches(rng, payment, waiting, scenario.rho)
        hazard = denial + payment
        ended = _drawn(rng, waiting, np.minimum(hazard * week[:, day % 7, None], 1))
        waiting -= ended
        share = denial / np.maximum(hazard, 1e-12)
        if scenario.rho and denials:
            share = _decided_alike(rng, share, ended, scenario.rho)
        turned_down = _drawn(rng, ended, share)
        if day < 0:
            continue
        submitted[:, day], decided[:, day], denied[:, day] = arrivals, ended.sum(axis=1), turned_down.sum(axis=1)
        # Claims from before the first day are known by their decisions alone.
        for claims, paid in ((turned_down[:, : day + 1], False), ((ended - turned_down)[:, : day + 1], True)):
            stream, at_age = np.nonzero(claims)
            rows = len(stream)
            columns.append((stream, np.full(rows, day), at_age, np.full(rows, paid), claims[stream, at_age]))
    ends = Ends(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))
    return Panel(payers, changes, decided, denied, submitted, ends)


def _decision_days(rng: np.random.Generator, streams: int, scenario: Scenario) -> Floats:
    """(streams, 7) how much more than on the mean day each payer decides on each day of the week."""
    if scenario.weekly:
        return 7.0 * np.eye(7)[rng.integers(0, 5, streams)]
    return np.tile(np.ones(7) if scenario.every_day else BUSINESS_WEEK, (streams, 1))


def _drawn(rng: np.random.Generator, claims: Counts, chance: Floats) -> Counts:
    """Binomial draws; most cells hold no claims and take no time."""
    drawn = np.zeros_like(claims)
    some = claims > 0
    drawn[some] = rng.binomial(claims[some], chance[some])
    return drawn


def _ages(median: Floats) -> tuple[Floats, Floats]:
    """(streams, ages) chance that a claim's wait ends at an age, and that it lasts at least so long."""
    edges = np.log(np.maximum(np.arange(AGES + 1), 1e-9)) - np.log(median[:, None])
    ended_by = 0.5 * (1 + np.vectorize(math.erf)(edges / SPREAD / math.sqrt(2)))
    return np.diff(ended_by, axis=1), 1 - ended_by[:, :-1]


def _decided_alike(rng: np.random.Generator, share: Floats, ended: Counts, rho: float) -> Floats:
    """The chances of a denial by age, their odds moved together so that the day's rate is a beta draw."""
    usual = np.clip((ended * share).sum(axis=1) / np.maximum(ended.sum(axis=1), 1), 1e-6, 1 - 1e-6)
    drawn = np.clip(rng.beta(usual * (1 / rho - 1), (1 - usual) * (1 / rho - 1)), 1e-9, 1 - 1e-9)
    moved = (drawn / (1 - drawn) / (usual / (1 - usual)))[:, None]
    return share * moved / (1 - share + share * moved)


def _in_batches(rng: np.random.Generator, payment: Floats, waiting: Counts, rho: float) -> Floats:
    """The hazards of payment, multiplied by the day's draw for each payer."""
    usual = np.clip((waiting * payment).sum(axis=1) / np.maximum(waiting.sum(axis=1), 1), 1e-3, 0.5)
    shape = usual / (rho * (1 - usual))
    return payment * (rng.gamma(shape) / shape)[:, None]
