"""A walk that stops after any day, is kept and goes on, says what one walk over all days says: every bit of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
from detection.detector_panels import decisions, mixed_payers, steady
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.detection.detectors.day_walk import DayWalk
from upstream.detection.detectors.denial_dollars import DollarSettings, DollarWalk, detect_denial_dollars
from upstream.detection.detectors.denial_rate import DenialSettings, DenialWalk, detect_denial_rate
from upstream.detection.detectors.takebacks import TAKEBACK_SETTINGS, TakebackWalk, detect_takebacks

DAYS, PAYERS, STREAMS = 320, 6, 14
PARENT = np.where(np.arange(STREAMS) < PAYERS, -1, np.arange(STREAMS) % PAYERS)
# Short baselines, so that days leave them, and streams that have alarmed are watched again.
RATE = DenialSettings(baseline_days=90, warmup_days=60, arl0_days=400)
DOLLARS = DollarSettings(baseline_days=90, warmup_days=60, arl0_days=400)
TAKEN = replace(TAKEBACK_SETTINGS, baseline_days=90, warmup_days=60, arl0_days=400)
Splits = st.lists(st.integers(1, DAYS - 1), max_size=5, unique=True).map(lambda cuts: [*sorted(cuts), DAYS])


@cache
def panel() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    volume, rate = mixed_payers(rng, STREAMS)
    rates = steady(rate, DAYS)
    # Up, back again, and once more; a stream begins late, and one falls silent.
    for row, factor in ((0, 2.5), (3, 0.3), (7, 3.0), (9, 2.0)):
        rates[row, 140:200] = np.minimum(rates[row, 140:200] * factor, 0.9)
        rates[row, 260:] = np.minimum(rates[row, 260:] * factor, 0.9)
    decided, denied = decisions(rng, volume + 4, rates, rho=0.02)
    decided[5, :110] = denied[5, :110] = decided[10, 170:240] = denied[10, 170:240] = 0
    size = rng.lognormal(5, 0.5, decided.shape)
    taken = rng.binomial(decided, 0.01) + (rng.random(decided.shape) < 0.002) * 20
    taken[2, 150:] += rng.binomial(decided[2, 150:], 0.1)
    return {
        "decided": decided, "denied": denied, "taken": taken,
        "billed": decided * size, "lost": denied * size, "squares": decided * size**2,
    }  # fmt: skip


def kept(walk: DayWalk, fresh: DayWalk) -> DayWalk:
    """Another walk, which knows nothing but what would be stored; in two stretches of days, as blocks are."""
    half = walk.day // 2
    late, told = walk.told(half), walk.told(0)
    told = {name: np.concatenate((told[name][..., :half, :], late[name]), axis=-2) for name in told}
    fresh.resume(walk.day, told, {name: values.copy() for name, values in walk.state().items()}, walk.alarms)
    return fresh


def in_parts(make: Callable[[], Any], ends: list[int], *arrays: np.ndarray) -> Any:
    walk = make()
    for end in ends:
        walk.advance(*(array[:, :end] for array in arrays))
        if end < DAYS:
            walk = kept(walk, make())
    return walk.result


def assert_same(found: Any, expected: Any) -> None:
    for field in fields(expected):
        ours, theirs = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(theirs, np.ndarray):
            np.testing.assert_array_equal(ours, theirs, field.name)
            assert (ours.dtype, ours.strides) == (theirs.dtype, theirs.strides)
        else:
            assert ours == theirs


@settings(max_examples=12, deadline=None)
@given(Splits)
def test_denial_rates_watched_in_parts_are_those_watched_at_once(ends: list[int]) -> None:
    arrays = panel()["decided"], panel()["denied"]
    whole = detect_denial_rate(*arrays, PARENT, RATE)
    assert len(whole.alarms) >= 6 and len({alarm.stream for alarm in whole.alarms}) < len(whole.alarms)
    assert_same(in_parts(lambda: DenialWalk(PARENT, RATE), ends, *arrays), whole)


@settings(max_examples=12, deadline=None)
@given(Splits)
def test_dollars_watched_in_parts_are_those_watched_at_once(ends: list[int]) -> None:
    arrays = tuple(panel()[name] for name in ("billed", "lost", "squares", "decided"))
    whole = detect_denial_dollars(*arrays, PARENT, DOLLARS)
    assert len(whole.alarms) >= 6 and len({alarm.stream for alarm in whole.alarms}) < len(whole.alarms)
    assert_same(in_parts(lambda: DollarWalk(PARENT, DOLLARS), ends, *arrays), whole)


@settings(max_examples=12, deadline=None)
@given(Splits)
def test_takebacks_watched_in_parts_are_those_watched_at_once(ends: list[int]) -> None:
    arrays = panel()["decided"], panel()["taken"]
    whole = detect_takebacks(*arrays, PARENT, TAKEN)
    assert whole.alarms
    assert_same(in_parts(lambda: TakebackWalk(PARENT, TAKEN), ends, *arrays), whole)


def test_day_by_day_is_the_same() -> None:
    arrays = panel()["decided"], panel()["denied"]
    ends = list(range(1, DAYS + 1))
    assert_same(in_parts(lambda: DenialWalk(PARENT, RATE), ends, *arrays), detect_denial_rate(*arrays, PARENT, RATE))
