"""Seeded panels of payers for the detectors: daily decisions, and claims on their way to payment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.open_claims import Ended, OpenClaims, Submitted

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


@dataclass(frozen=True)
class Ways:
    """How payers answer the claims sent to them, and from which day on otherwise.

    A claim is denied or paid from the start: at `denial_rate` after a median of `denial_median` days, else after
    `payment_median`; both are told on paydays only. slower: (day, median) of payments from that day on, faster where it
    is shorter. denials: (day, factor) on the denials decided from that day on; denials_of_new: on those of claims
    submitted from then on. payments_stop, answers_stop: days [first, end) without any. volume: (day, factor) on claims
    submitted. season: swing of the days to payment over the year; rate_season: of denials. batches: variance of the
    day's factor on payments, and of that on denials.
    """

    habit: PaymentHabit = "any day"
    denial_rate: float = 0.1
    denial_median: float = 10.0
    payment_median: float = 16.0
    slower: tuple[int, float] | None = None
    denials: tuple[int, float] | None = None
    denials_of_new: tuple[int, float] | None = None
    payments_stop: tuple[int, int] = (0, 0)
    answers_stop: tuple[int, int] = (0, 0)
    volume: tuple[int, float] | None = None
    season: float = 0.0
    rate_season: float = 0.0
    batches: tuple[float, float] = (0.0, 0.0)
    holidays: frozenset[int] = frozenset()


def hazard_of(median_days: float, spread: float = 0.55) -> Floats:
    """Chance of an answer on each day of age of a claim still without, days to the answer being lognormal."""
    by = [0.0] + [0.5 * math.erfc(-math.log(a / median_days) / spread / math.sqrt(2)) for a in range(1, AGES + 1)]
    return np.diff(by) / np.maximum(1 - np.array(by[:-1]), 1e-12)


def waiting_claims(rng: np.random.Generator, volume: Floats, days: int, ways: Ways | None = None) -> OpenClaims:
    """Claims of payers (rows of `volume`, claims a day) from submission to payment or denial."""
    ways, streams = ways or Ways(), len(volume)
    # Claims by age that will be denied, that will be paid, and that wait for a payday as one or the other.
    to_deny, to_pay, denied, paid = np.zeros((4, streams, AGES), dtype=np.int64)
    offset, run_day = rng.integers(0, 7, streams), rng.integers(1, 6, streams)
    this_week = run_day
    columns: tuple[list[tuple[Counts, ...]], ...] = ([], [], [])
    for day in range(days):
        for claims in (to_deny, to_pay, denied, paid):
            claims[:, 1:] = claims[:, :-1].copy()
            claims[:, 0] = 0
        weekday = (day + offset) % 7 if ways.habit == "any day" else np.full(streams, day % 7)
        arrived = rng.poisson(volume * BUSINESS_WEEK[weekday] * _from(ways.volume, day, 1.0))
        to_deny[:, 0] = rng.binomial(arrived, ways.denial_rate * _from(ways.denials_of_new, day, 1.0))
        to_pay[:, 0] = arrived - to_deny[:, 0]
        year = math.sin(2 * math.pi * day / YEAR)
        median = _from(ways.slower, day, ways.payment_median) * (1 + ways.season * year)
        luck, bad_luck = (rng.gamma(1 / v, v, streams) if v else np.ones(streams) for v in ways.batches)
        ready = rng.binomial(to_pay, np.minimum(hazard_of(median) * luck[:, None], 1))
        decided = rng.binomial(to_deny, np.broadcast_to(hazard_of(ways.denial_median), to_deny.shape))
        to_pay -= ready
        to_deny -= decided
        # More denials than usual are taken from what would be paid, fewer are paid after all.
        factor = bad_luck * _from(ways.denials, day, 1.0) * (1 + ways.rate_season * year)
        spared = decided - rng.binomial(decided, np.minimum(factor, 1)[:, None])
        extra = rng.binomial(to_pay, np.minimum(np.maximum(factor - 1, 0)[:, None] * _odds_of_denial(ways), 1))
        denied += decided - spared + extra
        to_pay += spared - extra
        paid += ready
        if day % 7 == 0 and ways.habit == "moving weekly run":
            this_week = run_day + rng.integers(-1, 2, streams)
        open_today = {
            "any day": np.full(streams, True),
            "business days": np.full(streams, day % 7 < 5),
            "weekly run": day % 7 == run_day,
            "moving weekly run": day % 7 == this_week,
        }[ways.habit]
        told = open_today & (day not in ways.holidays) & (day not in range(*ways.answers_stop))
        stream = np.flatnonzero(arrived)
        columns[0].append((stream, np.full(len(stream), day), arrived[stream]))
        for claims, pays, ended in (
            (paid, told & (day not in range(*ways.payments_stop)), columns[1]),
            (denied, told, columns[2]),
        ):
            out = claims * pays[:, None]
            claims -= out
            stream, age = np.nonzero(out)
            ended.append((stream, np.full(len(age), day), out[stream, age], age))
    submitted, of_paid, of_denied = ([np.concatenate(parts) for parts in zip(*rows, strict=True)] for rows in columns)
    return OpenClaims(Submitted(*submitted), Ended(*of_paid), Ended(*of_denied))


def _from(change: tuple[int, float] | None, day: int, usual: float) -> float:
    return change[1] if change is not None and day >= change[0] else usual


@cache
def _odds_of_denial(ways: Ways) -> Floats:
    """(ages,) usual denials at an age over the claims of that age that will be paid."""
    denial, payment = hazard_of(ways.denial_median), hazard_of(ways.payment_median)
    denied_then = denial * np.concatenate(([1.0], np.cumprod(1 - denial)[:-1]))
    left_to_pay = np.concatenate(([1.0], np.cumprod(1 - payment)[:-1]))
    odds: Floats = ways.denial_rate / (1 - ways.denial_rate) * denied_then / np.maximum(left_to_pay, 1e-6)
    return odds


def side_by_side(*panels: OpenClaims, streams: list[int]) -> OpenClaims:
    """Several panels as one, the streams of each after those of the ones before; streams: how many each has."""
    first = np.cumsum([0, *streams])

    def together(name: str) -> dict[str, Counts]:
        rows = [getattr(panel, name) for panel in panels]
        columns = {
            field.name: np.concatenate([getattr(part, field.name) for part in rows]) for field in fields(rows[0])
        }
        shift = np.repeat(first[:-1], [len(part.stream) for part in rows])
        return columns | {"stream": columns["stream"] + shift}

    return OpenClaims(Submitted(**together("submitted")), Ended(**together("paid")), Ended(**together("denied")))


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
