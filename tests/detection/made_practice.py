"""A seeded practice from claims to daily facts, without a database: payers with groups, locations and takebacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from detection.made_facts import FIRST_DAY
from numpy.typing import NDArray

from upstream.claims.daily_facts import Blocks, DailyFacts, Decisions, Ends, Slice, Submissions, Takebacks

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

GROUPS, LOCATIONS = ("Visits", "Imaging", "Therapy"), ("Main Street", "Annex")
CATEGORIES = ("authorization", "coding", "duplicate", "eligibility")
DENIED_AFTER, PAID_AFTER, SPREAD = 10.0, 18.0, 0.5
USUAL_BILL, TAKEN_BACK, TAKEN_BACK_AFTER = 180.0, 0.003, 60
# Whole weeks of claims from before the first day, of which decisions and takebacks alone are known.
EARLIER_DAYS = 210


@dataclass(frozen=True)
class Payer:
    """claims a day on average; denied: share; from day `changes_on` on `denied` is multiplied by `factor`."""

    name: str
    volume: float
    denied: float
    seed: int
    changes_on: int = 10**6
    factor: float = 1.0


def made_practice(payers: list[Payer], days: int) -> DailyFacts:
    """What happens at each payer depends on its own seed alone, so that another payer changes nothing in it."""
    slices = [
        Slice(payer.name, group, location)
        for payer in payers
        for group, location in (*((group, "") for group in GROUPS), *((None, location) for location in LOCATIONS))
    ]
    parts = [_claims(payer, number * (len(GROUPS) + len(LOCATIONS)), days) for number, payer in enumerate(payers)]
    return facts_of_claims(slices, days, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def facts_of_claims(
    slices: list[Slice],
    days: int,
    of_group: Counts,
    of_location: Counts,
    submitted: Counts,
    decided: Counts,
    category: Counts,
    billed: Floats,
    taken: Counts,
) -> DailyFacts:
    """Of each claim the numbers of its group's and its location's slice, its days, category (-1: paid), and dollars.

    taken: the day its payment is taken back. A day beyond the last has not come yet; one before the first is not known.
    """
    both = np.tile(np.arange(len(submitted)), 2)
    of_slice = np.concatenate((of_group, of_location))

    def rows(chosen: NDArray[np.bool_], day: Counts, *keys: Counts) -> tuple[Counts, Counts, Counts]:
        """Distinct (slice, day, *keys) of the chosen claims by day, each claim's place among them, and the claims."""
        claims = both[chosen[both]]
        columns = np.stack((day[claims], of_slice[chosen[both]], *(key[claims] for key in keys)))
        cells, cell = np.unique(columns, axis=1, return_inverse=True)
        return cells[[1, 0, *range(2, len(cells))]], cell.ravel(), claims

    def totals(cells: Counts, cell: Counts, values: Floats) -> Floats:
        return np.bincount(cell, values, cells.shape[1])

    waits, paid = decided - submitted, (category < 0).astype(np.int64)
    waiting, known = (decided > submitted) & (submitted >= 0), (decided >= 0) & (decided < days)
    begun, begun_cell, begun_claims = rows(waiting, submitted)
    made, cell, claims = rows(known, decided, category)
    ended, ended_cell, ended_claims = rows(waiting & known, decided, waits, paid)
    back, back_cell, back_claims = rows((taken >= 0) & (taken < days), taken)
    of_denied = np.where(category >= 0, billed, 0.0)
    return DailyFacts(
        first_day=FIRST_DAY,
        days=days,
        slices=tuple(slices),
        categories=CATEGORIES,
        submissions=Submissions(*begun, totals(begun, begun_cell, np.ones(len(begun_claims))).astype(np.int64)),
        decisions=Blocks.holding(Decisions(
            *made,
            claims=totals(made, cell, np.ones(len(claims))).astype(np.int64),
            billed=totals(made, cell, billed[claims]),
            denied=totals(made, cell, of_denied[claims]),
            paid=totals(made, cell, (billed - of_denied)[claims] * 0.6),
            billed_squares=totals(made, cell, billed[claims] ** 2),
        ), len(slices)),
        ends=Blocks.holding(Ends(
            *ended[:3], ended[3].astype(bool),
            totals(ended, ended_cell, np.ones(len(ended_claims))).astype(np.int64),
        ), len(slices)),
        takebacks=Takebacks(
            *back, totals(back, back_cell, np.ones(len(back_claims))).astype(np.int64),
            totals(back, back_cell, billed[back_claims] * 0.6),
        ),
    )  # fmt: skip


def _claims(payer: Payer, first_slice: int, days: int) -> tuple[NDArray, ...]:
    """The columns that `facts_of_claims` takes."""
    rng = np.random.default_rng([payer.seed, 77])
    day = np.arange(-EARLIER_DAYS, days)
    submitted = np.repeat(day, rng.poisson(payer.volume * 7 / 5 * (day % 7 < 5)))
    count = len(submitted)
    group, location = rng.choice(len(GROUPS), count, p=(0.5, 0.3, 0.2)), rng.choice(len(LOCATIONS), count, p=(0.7, 0.3))
    rank, waits = rng.random(count), rng.lognormal(0, SPREAD, count)
    billed, which = USUAL_BILL * rng.lognormal(0, 0.8, count), rng.choice(len(CATEGORIES), count)
    # A change counts from the day of the decision a denial would have.
    denial_day = business_day(submitted + (DENIED_AFTER * waits).astype(np.int64))
    denied = rank < payer.denied * np.where(denial_day >= payer.changes_on, payer.factor, 1)
    decided = np.where(denied, denial_day, business_day(submitted + (PAID_AFTER * waits).astype(np.int64)))
    taken = np.where(~denied & (rng.random(count) < TAKEN_BACK), business_day(decided + TAKEN_BACK_AFTER), days)
    category = np.where(denied, which, -1)
    slices = first_slice + group, first_slice + len(GROUPS) + location
    return *slices, submitted, decided, category, billed, taken


def business_day(day: Counts) -> Counts:
    """The day itself, or the Monday after its weekend."""
    return day + np.maximum(0, 7 - day % 7) * (day % 7 >= 5)
