"""Seeded panels of payers for the detectors: daily decisions, and claims on their way to payment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.life_table import STILL_OPEN, Cells

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
PaymentHabit = Literal["any day", "business days", "weekly run", "moving weekly run"]

AGES = 121
YEAR = 365
# Volumes of the days of a week of five business days, so that a week brings seven times the mean.
BUSINESS_WEEK = np.array([1, 1, 1, 1, 1, 0, 0]) * 7 / 5
WEEKDAY_PATTERN = 1 + 0.3 * np.array([1, -0.5, -0.5, 0.5, -0.5, 0, 0])


def mixed_payers(rng: np.random.Generator, payers: int) -> tuple[Floats, Floats]:
    """Decided claims a day and denial rates of payers as different as real ones: (payers,) each."""
    return np.exp(rng.normal(np.log(6), 1.1, payers)).clip(0.5, 150), rng.beta(3, 25, payers).clip(0.01, 0.5)


def decisions(
    rng: np.random.Generator, volume: Floats, rates: Floats, rho: float = 0.0, weekday_pattern: bool = False
) -> tuple[Counts, Counts]:
    """Claims decided and denied, (payers, days), at the true `rates` (payers, days)."""
    payers, days = rates.shape
    weekday = (np.arange(days) + rng.integers(0, 7, payers)[:, None]) % 7
    decided = rng.poisson(volume[:, None] * BUSINESS_WEEK[weekday])
    if weekday_pattern:
        rates = rates * WEEKDAY_PATTERN[weekday]
    if rho:
        rates = rng.beta(rates * (1 / rho - 1), (1 - rates) * (1 / rho - 1))
    return decided, rng.binomial(decided, rates)


def steady(rates: Floats, days: int) -> Floats:
    return np.repeat(rates[:, None], days, axis=1)


def payment_hazard(median_days: float, spread: float = 0.55) -> Floats:
    """Chance of payment on each day of age of a claim still open, days to payment being lognormal."""
    paid_by = [0.0] + [0.5 * math.erfc(-math.log(a / median_days) / spread / math.sqrt(2)) for a in range(1, AGES + 1)]
    return np.diff(paid_by) / (1 - np.array(paid_by[:-1]))


def claims_to_payment(
    rng: np.random.Generator,
    volume: Floats,
    days: int,
    habit: PaymentHabit = "any day",
    changed_from: int | None = None,
    median_after: float = 16.0,
    holidays: Iterable[int] = (),
) -> Cells:
    """Claims of payers (rows of `volume`, claims a day) that pay after a median of 16 days, and otherwise later."""
    streams = len(volume)
    closed = set(holidays)
    usual, changed = payment_hazard(16.0), payment_hazard(median_after)
    offset = rng.integers(0, 7, streams)
    run_day = rng.integers(1, 6, streams)
    this_week = run_day
    waiting, ready = np.zeros((2, streams, AGES), dtype=np.int64)
    columns = []
    for day in range(days):
        waiting[:, 1:], ready[:, 1:] = waiting[:, :-1].copy(), ready[:, :-1].copy()
        waiting[:, 0], ready[:, 0] = rng.poisson(volume * BUSINESS_WEEK[(day + offset) % 7]), 0
        hazard = changed if changed_from is not None and day >= changed_from else usual
        done = rng.binomial(waiting, np.broadcast_to(hazard, waiting.shape))
        waiting -= done
        ready += done
        if day % 7 == 0 and habit == "moving weekly run":
            this_week = run_day + rng.integers(-1, 2, streams)
        pays = {
            "any day": np.full(streams, True),
            "business days": np.full(streams, day % 7 < 5 and day not in closed),
            "weekly run": day % 7 == run_day,
            "moving weekly run": day % 7 == this_week,
        }[habit]
        paid = ready * pays[:, None]
        ready -= paid
        stream, age = np.nonzero(paid)
        columns.append((stream, day - age, np.full(len(age), day), paid[stream, age]))
    stream, age = np.nonzero(waiting + ready)
    columns.append((stream, days - 1 - age, np.full(len(age), STILL_OPEN), (waiting + ready)[stream, age]))
    stream, submitted, end, count = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Cells(stream, submitted, end, end != STILL_OPEN, count)


def false_alarms_a_year(alarms: list[Alarm], watched: NDArray[np.bool_], direction: str | None = None) -> float:
    """First alarms over the watched stream-years up to them; of both directions when none is named."""
    streams, days = watched.shape
    first = np.full(streams, days)
    for alarm in alarms:
        if direction in (None, alarm.direction):
            first[alarm.stream] = min(first[alarm.stream], alarm.alarmed_on)
    at_risk = watched & (np.arange(days) <= first[:, None])
    return float((first < days).sum() / at_risk.sum() * YEAR)


def delays(alarms: list[Alarm], changed: Iterable[int], changed_on: int) -> Floats:
    """Days, the first counted, from the change to the first 'worse' alarm of each changed stream without one before."""
    first: dict[int, int] = {}
    for alarm in alarms:
        if alarm.direction == "worse":
            first.setdefault(alarm.stream, alarm.alarmed_on)
    waits = [first.get(stream, np.inf) - changed_on + 1 for stream in changed]
    return np.array([wait for wait in waits if wait > 0])
