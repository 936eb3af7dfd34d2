"""Seeded organizations: payers as different as real ones, the ways their claims come, and when which of them changes.

A panel holds many organizations, the streams of each next to one another. Detectors are run organization by
organization, for that is how the product runs them: season and shrinkage are estimated within one. Two ways to a panel:
`decisions` draws what is decided on each day, and `waiting_claims` follows claims from their submission on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
# Weights of the days of a week of five business days, so that a week brings seven times the mean; day 0 is a Monday.
BUSINESS_WEEK = np.array([1, 1, 1, 1, 1, 0, 0]) * 7 / 5
FEWEST_PAYERS, MOST_PAYERS = 8, 12
AGES = 121
# Days from submission to decision are lognormal with this spread of their logarithm; medians in days.
SPREAD, DENIAL_MEDIAN, PAYMENT_MEDIANS = 0.55, 10.0, (18.0, 21.0)
# Claims on their way on the first day have been submitted before it.
WAITING_BEFORE = 120


@dataclass(frozen=True, slots=True)
class Scenario:
    """What else moves while the payers' ways stay the same.

    rho: correlation of two claims decided on one day (beta-binomial); season: swing of the denial rates of all payers
    of an organization over the year; volume_step: factor on all claims submitted from some day on; waiting: claims are
    followed from submission on, denials being decided sooner than payments.
    """

    name: str
    title: str
    rho: float = 0.0
    season: float = 0.0
    volume_step: float = 1.0
    waiting: bool = False


SCENARIOS = (
    Scenario("iid", "independent claims"),
    Scenario("rho_03", "over-dispersion ρ .03", rho=0.03),
    Scenario("rho_08", "over-dispersion ρ .08", rho=0.08),
    Scenario("season", "season ±20 %", season=0.2),
    Scenario("lag", "claims followed from submission", waiting=True),
    Scenario("volume", "the same, volume +30 %", volume_step=1.3, waiting=True),
    Scenario("together", "ρ .03, season, lag and volume together", 0.03, 0.2, 1.3, waiting=True),
)


@dataclass(frozen=True, slots=True)
class Payers:
    """(streams,) each: the organization's number, claims a day, denial rate, and median days to payment."""

    organization: Counts
    volume: Floats
    rate: Floats
    payment_median: Floats

    def __len__(self) -> int:
        return len(self.volume)


@dataclass(frozen=True, slots=True)
class Changes:
    """(streams,) each: the day from which a payer behaves otherwise (NEVER), and the factor on its rate."""

    on: Counts
    factor: Floats


@dataclass(frozen=True, slots=True)
class Ends:
    """Claims that stopped waiting, columns of one length; age in days since submission."""

    stream: Counts
    day: Counts
    age: Counts
    paid: Booleans
    claims: Counts


@dataclass(frozen=True, slots=True)
class Panel:
    """decided, denied, submitted: (streams, days) claims; without `waiting` nothing is known of submissions."""

    payers: Payers
    changes: Changes
    decided: Counts
    denied: Counts
    submitted: Counts = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    ends: Ends | None = None

    @property
    def days(self) -> int:
        return self.decided.shape[1]

    def organizations(self) -> Iterator[slice]:
        """The rows of each organization."""
        edges = np.flatnonzero(np.diff(self.payers.organization, prepend=-1, append=-1))
        for start, end in pairwise(edges):
            yield slice(int(start), int(end))

    def part(self, organizations: int) -> Panel:
        """The daily counts of the first few organizations."""
        rows = self.payers.organization < organizations
        payers = Payers(*(getattr(self.payers, column.name)[rows] for column in fields(Payers)))
        return Panel(
            payers, Changes(self.changes.on[rows], self.changes.factor[rows]), self.decided[rows], self.denied[rows]
        )


def draw_payers(rng: np.random.Generator, organizations: int) -> Payers:
    """Organizations of eight to twelve payers each."""
    payers = rng.integers(FEWEST_PAYERS, MOST_PAYERS + 1, organizations)
    streams = int(payers.sum())
    return Payers(
        organization=np.repeat(np.arange(organizations), payers),
        volume=np.exp(rng.normal(np.log(6), 1.1, streams)).clip(0.5, 150),
        rate=rng.beta(3, 25, streams).clip(0.01, 0.5),
        payment_median=rng.uniform(*PAYMENT_MEDIANS, streams),
    )


def no_changes(payers: Payers) -> Changes:
    return Changes(np.full(len(payers), NEVER), np.ones(len(payers)))


def draw_changes(
    rng: np.random.Generator, payers: Payers, factors: tuple[float, ...], first: int, apart: int
) -> Changes:
    """In each organization one payer after another changes, `apart` days from the first to the next, in random order.

    Each of the factors strikes equally many payers; an organization has as many changes as its fewest payers allow.
    """
    on, factor = no_changes(payers).on, np.ones(len(payers))
    for organization in range(int(payers.organization.max()) + 1):
        rows = rng.permutation(np.flatnonzero(payers.organization == organization))[:FEWEST_PAYERS]
        on[rows] = first + apart * np.arange(len(rows))
        factor[rows] = rng.permutation(np.resize(factors, len(rows)))
    return Changes(on, factor)


def decisions(rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario) -> Panel:
    """What is decided on each business day, from the rates alone."""
    decided = rng.poisson(payers.volume[:, None] * BUSINESS_WEEK[np.arange(days) % 7])
    rates = daily_rates(rng, payers, changes, days, scenario)
    if scenario.rho:
        rates = rng.beta(rates * (1 / scenario.rho - 1), (1 - rates) * (1 / scenario.rho - 1))
    return Panel(payers, changes, decided, rng.binomial(decided, rates))


def daily_rates(rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario) -> Floats:
    """(streams, days) the true denial rates by day of decision; each organization's season begins somewhere else."""
    phase = rng.uniform(0, 2 * math.pi, int(payers.organization.max()) + 1)[payers.organization, None]
    season = 1 + scenario.season * np.sin(2 * math.pi * np.arange(days) / 365 + phase)
    changed = np.where(np.arange(days) >= changes.on[:, None], changes.factor[:, None], 1.0)
    return np.minimum(payers.rate[:, None] * season * changed, 0.95)


def waiting_claims(rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario) -> Panel:
    """Claims from submission to denial or payment, decided on business days.

    Competing risks: of claims that a payer denies at rate p, denials follow their distribution of ages and payments
    theirs, so the hazards at an age are p f_D / S and (1 - p) f_P / S with S = p S_D + (1 - p) S_P. p is that of the
    day of decision. Over-dispersion: the odds of all decisions of a payer on one day share one beta draw.
    """
    streams = len(payers)
    rates = daily_rates(rng, payers, changes, days, scenario)
    step_on = rng.integers(150, days - 100, int(payers.organization.max()) + 1)[payers.organization]
    denied_pmf, denied_left = _ages(np.full((streams, 1), DENIAL_MEDIAN))
    paid_pmf, paid_left = _ages(payers.payment_median[:, None])
    waiting = np.zeros((streams, AGES), dtype=np.int64)
    submitted, decided, denied = np.zeros((3, streams, days), dtype=np.int64)
    columns: list[tuple[Counts, ...]] = []
    for day in range(-WAITING_BEFORE, days):
        waiting[:, 1:] = waiting[:, :-1].copy()
        grown = np.where(day >= step_on, scenario.volume_step, 1.0)
        waiting[:, 0] = arrivals = rng.poisson(payers.volume * grown * BUSINESS_WEEK[day % 7])
        rate = rates[:, max(day, 0), None]
        left = np.maximum(rate * denied_left + (1 - rate) * paid_left, 1e-12)
        denial, payment = rate * denied_pmf / left, (1 - rate) * paid_pmf / left
        ended = rng.binomial(waiting, np.minimum((denial + payment) * BUSINESS_WEEK[day % 7], 1))
        waiting -= ended
        share = _batched(rng, denial / np.maximum(denial + payment, 1e-12), ended, scenario.rho)
        of_them_denied = rng.binomial(ended, share)
        if day < 0:
            continue
        submitted[:, day], decided[:, day], denied[:, day] = arrivals, ended.sum(axis=1), of_them_denied.sum(axis=1)
        # Claims from before the first day are known by their decisions alone.
        for claims, paid in ((of_them_denied[:, : day + 1], False), (ended - of_them_denied, True)):
            stream, age = np.nonzero(claims[:, : day + 1])
            shape = len(stream)
            columns.append((stream, np.full(shape, day), age, np.full(shape, paid), claims[stream, age]))
    ends = Ends(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))
    return Panel(payers, changes, decided, denied, submitted, ends)


def _ages(median: Floats) -> tuple[Floats, Floats]:
    """(streams, ages) chance that a claim's wait ends at an age, and that it lasts at least so long."""
    edges = np.log(np.maximum(np.arange(AGES + 1), 1e-9)) - np.log(median)
    ended_by = 0.5 * (1 + np.vectorize(math.erf)(edges / SPREAD / math.sqrt(2)))
    return np.diff(ended_by, axis=1), 1 - ended_by[:, :-1]


def _batched(rng: np.random.Generator, share: Floats, ended: Counts, rho: float) -> Floats:
    """The chances of a denial by age, their odds moved together so that the day's rate is a beta draw."""
    if not rho:
        return share
    usual = np.clip((ended * share).sum(axis=1) / np.maximum(ended.sum(axis=1), 1), 1e-6, 1 - 1e-6)
    drawn = np.clip(rng.beta(usual * (1 / rho - 1), (1 - usual) * (1 / rho - 1)), 1e-9, 1 - 1e-9)
    moved = (drawn / (1 - drawn) / (usual / (1 - usual)))[:, None]
    return share * moved / (1 - share + share * moved)
