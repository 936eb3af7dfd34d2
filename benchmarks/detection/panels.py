"""Seeded organizations: payers as different as real ones, the ways their claims come, and when which of them changes.

A panel holds many organizations, the streams of each next to one another. Detectors are run organization by
organization, for that is how the product runs them: season and shrinkage are estimated within one. Two ways to a panel:
`decisions` draws what is decided on each day, and the module claims follows claims from their submission on.
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
PAYMENT_MEDIANS = (18.0, 21.0)
# From the day all windows are full, two years of an unchanged panel are watched.
WARMUP = 104
QUIET_DAYS = WARMUP + 730
# The first change, the days from one change of an organization to the next, and how long one is looked for.
FIRST_CHANGE, APART, LOOKED_ON = 240, 45, 180


@dataclass(frozen=True, slots=True)
class Scenario:
    """What else moves while the payers' ways stay the same.

    rho: correlation of two claims decided on one day (beta-binomial); season: swing of the denial rates of all payers
    of an organization over the year; volume_step: factor on all claims submitted from some day on; waiting: claims are
    followed from submission on, denials being decided sooner than payments; every_day: on weekends too; weekly: by each
    payer on one day of the week; payers: fewest and most of an organization.
    """

    name: str
    title: str
    rho: float = 0.0
    season: float = 0.0
    volume_step: float = 1.0
    waiting: bool = False
    every_day: bool = False
    weekly: bool = False
    payers: tuple[int, int] = (8, 12)


SCENARIOS = (
    Scenario("iid", "independent claims"),
    Scenario("rho_03", "over-dispersion ρ .03", rho=0.03),
    Scenario("rho_08", "over-dispersion ρ .08", rho=0.08),
    Scenario("season", "season ±20 %", season=0.2),
    Scenario("lag", "claims followed from submission", waiting=True),
    Scenario("volume", "the same, volume +30 %", volume_step=1.3, waiting=True),
    Scenario("together", "ρ .03, season, lag and volume together", 0.03, 0.2, 1.3, waiting=True),
    Scenario("few_payers", "season ±20 % with four payers", season=0.2, payers=(4, 4)),
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


def draw_payers(rng: np.random.Generator, organizations: int, scenario: Scenario) -> Payers:
    """Organizations of as many payers each as the scenario says."""
    fewest, most = scenario.payers
    payers = rng.integers(fewest, most + 1, organizations)
    streams = int(payers.sum())
    return Payers(
        organization=np.repeat(np.arange(organizations), payers),
        volume=np.exp(rng.normal(np.log(6), 1.1, streams)).clip(0.5, 150),
        rate=rng.beta(3, 25, streams).clip(0.01, 0.5),
        payment_median=rng.uniform(*PAYMENT_MEDIANS, streams),
    )


def unchanging(payers: Payers) -> Changes:
    return Changes(np.full(len(payers), NEVER), np.ones(len(payers)))


def draw_changes(rng: np.random.Generator, payers: Payers, factors: tuple[float, ...]) -> tuple[int, Changes]:
    """The days of the panel, and when which of its payers changes; nobody without factors.

    In each organization one payer after another changes, in random order. Each of the factors strikes equally many; an
    organization has as many changes as its fewest payers allow.
    """
    changes = unchanging(payers)
    if not factors:
        return QUIET_DAYS, changes
    fewest = int(np.bincount(payers.organization).min())
    for organization in range(int(payers.organization.max()) + 1):
        rows = rng.permutation(np.flatnonzero(payers.organization == organization))[:fewest]
        changes.on[rows] = FIRST_CHANGE + APART * np.arange(len(rows))
        changes.factor[rows] = rng.permutation(np.resize(factors, len(rows)))
    return FIRST_CHANGE + APART * (fewest - 1) + LOOKED_ON, changes


def decisions(rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario) -> Panel:
    """What is decided on each business day, from the rates alone."""
    decided = rng.poisson(payers.volume[:, None] * BUSINESS_WEEK[np.arange(days) % 7])
    rates = daily_rates(rng, payers, changes, days, scenario)
    if scenario.rho:
        rates = rng.beta(rates * (1 / scenario.rho - 1), (1 - rates) * (1 / scenario.rho - 1))
    return Panel(payers, changes, decided, rng.binomial(decided, rates))


def daily_rates(rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario) -> Floats:
    """(streams, days) the true denial rates."""
    changed = np.where(np.arange(days) >= changes.on[:, None], changes.factor[:, None], 1.0)
    return np.minimum(payers.rate[:, None] * seasonal(rng, payers, days, scenario.season) * changed, 0.95)


def seasonal(rng: np.random.Generator, payers: Payers, days: int, swing: float) -> Floats:
    """(streams, days) factors that swing over the year, alike at all payers of an organization."""
    phase = rng.uniform(0, 2 * math.pi, int(payers.organization.max()) + 1)[payers.organization, None]
    return 1 + swing * np.sin(2 * math.pi * np.arange(days) / 365 + phase)
