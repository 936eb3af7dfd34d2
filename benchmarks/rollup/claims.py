"""Seeded claims as the roll-up counts them: numbers, because ten million rows of claims would only be waited for."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import Outcome
from upstream.claims.rollup.changes import CLAIM, NOT_DENIED, TAKEBACK, Claims, Gathered, SliceKey

FIRST_DAY = date(2025, 1, 6)
DAYS = 365
PENDING, PAID, DENIED = (list(Outcome).index(outcome) for outcome in (Outcome.PENDING, Outcome.PAID, Outcome.DENIED))


def slice_keys(payers: list[str], groups: list[str], locations: list[str]) -> list[SliceKey]:
    """A slice per payer and service group, then one per payer and location."""
    return [(payer, group, "") for payer in payers for group in groups] + [
        (payer, None, location) for payer in payers for location in locations
    ]


def batches(
    count: int, size: int, keys: list[SliceKey], payers: int, groups: int, locations: int, seed: int
) -> Iterator[Gathered]:
    """`count` new claims in batches; the n-th payer has a share of them as the n-th last."""
    dice = np.random.default_rng(seed)
    shares = np.arange(payers, 0, -1) / np.arange(1, payers + 1).sum()
    for begin in range(0, count, size):
        made = _claims(dice, min(size, count - begin))
        payer = dice.choice(payers, len(made), p=shares)
        made["group_slice"] = payer * groups + dice.integers(0, groups, len(made))
        made["location_slice"] = payers * groups + payer * locations + dice.integers(0, locations, len(made))
        yield keys, made, np.zeros(0, TAKEBACK)


def _claims(dice: np.random.Generator, count: int) -> Claims:
    """Submitted and decided on working days of the year, one in ten denied; what would be decided later is pending."""
    submitted = _working(dice.integers(0, DAYS, count))
    decided = _working(submitted + 5 + dice.gamma(4, 3, count).astype(np.int64))
    known = decided < DAYS
    denied = known & (dice.random(count) < 0.1)
    paid = known & ~denied
    billed = (dice.lognormal(5, 1, count) * 100).astype(np.int64)
    first = FIRST_DAY.toordinal()
    made = np.zeros(count, CLAIM)
    made["sign"] = 1
    made["outcome"] = np.where(denied, DENIED, np.where(paid, PAID, PENDING))
    made["category"] = np.where(denied, dice.integers(0, len(CATEGORIES), count), NOT_DENIED)
    made["submitted"] = first + submitted
    made["decided"] = np.where(known, first + decided, 0)
    made["paid"] = np.where(paid, first + decided, 0)
    made["billed"] = billed
    made["allowed"], made["paid_amount"] = np.where(paid, billed * 6 // 10, 0), np.where(paid, billed // 2, 0)
    made["denied"] = np.where(denied, billed, 0)
    return made


def _working(day: np.ndarray) -> np.ndarray:
    """The day itself, or the Friday before a weekend (day 0 is a Monday)."""
    return day - np.maximum(0, day % 7 - 4)
