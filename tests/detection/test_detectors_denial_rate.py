"""The denial-rate detector: what it finds, when, and how seldom it is wrong."""

import math

import numpy as np
import pytest
from detection.detector_panels import decisions, delays, false_alarms_a_year, mixed_payers, steady
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.detection.detectors.common import date_change, parents_first, share
from upstream.detection.detectors.denial_rate import DenialResult, DenialSettings, detect_denial_rate


def panel(seed: int, days: int, volumes: list[float], rates: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return decisions(np.random.default_rng(seed), np.array(volumes), steady(np.array(rates), days))


def payers(decided: np.ndarray) -> np.ndarray:
    return np.full(len(decided), -1)


@pytest.fixture(scope="module")
def doubled() -> tuple[np.ndarray, np.ndarray]:
    """Eight payers of 25 claims a day over 420 days; the third denies twice as often from day 300 on."""
    rates = steady(np.full(8, 0.1), 420)
    rates[2, 300:] = 0.2
    return decisions(np.random.default_rng(16), np.full(8, 25.0), rates)


def test_a_doubled_denial_rate_is_found_and_dated(doubled: tuple[np.ndarray, np.ndarray]) -> None:
    decided, denied = doubled
    (alarm,) = detect_denial_rate(decided, denied, payers(decided)).alarms
    assert (alarm.stream, alarm.direction) == (2, "worse")
    assert 300 <= alarm.alarmed_on <= 321
    assert alarm.change_low <= 300 <= alarm.change_high
    assert abs(alarm.change_on - 300) <= 3
    assert alarm.before_low < 0.1 < (alarm.before_high or 0)
    assert alarm.after is not None and alarm.after_low is not None and alarm.after_high is not None
    assert alarm.after_low < 0.2 < alarm.after_high
    assert alarm.log_evidence >= math.log(3650 / 0.9) - 2
    after = slice(alarm.change_on, alarm.alarmed_on + 1)
    assert (alarm.events_after, alarm.count_after) == (denied[2, after].sum(), decided[2, after].sum())
    assert alarm.expected_after == pytest.approx(0.1 * alarm.count_after, rel=0.1)


def test_a_halved_denial_rate_is_an_improvement() -> None:
    rates = steady(np.full(6, 0.2), 420)
    rates[4, 300:] = 0.1
    decided, denied = decisions(np.random.default_rng(6), np.full(6, 25.0), rates)
    (alarm,) = detect_denial_rate(decided, denied, payers(decided)).alarms
    assert (alarm.stream, alarm.direction) == (4, "better")
    assert alarm.change_low <= 300 <= alarm.change_high and alarm.alarmed_on <= 320


def same_statistics(one: DenialResult, other: DenialResult, days: int) -> None:
    for name in ("baseline", "dispersion", "statistic_worse", "statistic_better", "watched"):
        np.testing.assert_allclose(getattr(one, name)[:, :days], getattr(other, name)[:, :days], rtol=1e-12)


@pytest.mark.parametrize("days", [200, 303, 308, 380])
def test_no_day_knows_of_later_ones(doubled: tuple[np.ndarray, np.ndarray], days: int) -> None:
    decided, denied = doubled
    whole = detect_denial_rate(decided, denied, payers(decided))
    prefix = detect_denial_rate(decided[:, :days], denied[:, :days], payers(decided))
    assert prefix.alarms == [alarm for alarm in whole.alarms if alarm.alarmed_on < days]
    same_statistics(prefix, whole, days)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_streams_does_not_matter(order: list[int]) -> None:
    rng = np.random.default_rng(8)
    rates = steady(np.full(8, 0.12), 240)
    rates[[1, 5], 200:] = 0.4
    decided, denied = decisions(rng, np.full(8, 12.0), rates)
    parent = np.array([-1, 0, 0, -1, 3, 3, 3, -1])
    plain = detect_denial_rate(decided, denied, parent)
    new_row = np.empty(8, dtype=int)
    new_row[order] = np.arange(8)
    moved_parent = np.where(parent[order] < 0, -1, new_row[parent[order]])
    moved = detect_denial_rate(decided[order], denied[order], moved_parent)
    np.testing.assert_allclose(moved.statistic_worse, plain.statistic_worse[order], rtol=1e-9, atol=1e-9)
    dated = {(new_row[a.stream], a.direction, a.alarmed_on, a.change_on) for a in plain.alarms}
    assert len(plain.alarms) >= 2
    assert dated == {(a.stream, a.direction, a.alarmed_on, a.change_on) for a in moved.alarms}


def test_a_lasting_change_alarms_once_and_becomes_the_baseline() -> None:
    rates = steady(np.full(3, 0.1), 900)
    rates[1, 300:700] = 0.25
    decided, denied = decisions(np.random.default_rng(11), np.full(3, 20.0), rates)
    result = detect_denial_rate(decided, denied, payers(decided))
    assert [(a.stream, a.direction) for a in result.alarms] == [(1, "worse"), (1, "better")]
    first, second = result.alarms
    assert not result.watched[1, first.alarmed_on + 1 : first.alarmed_on + 56].any()
    assert result.watched[1, first.alarmed_on + 70]
    assert result.baseline[1, first.alarmed_on + 20] == pytest.approx(0.1, abs=0.02)
    assert result.baseline[1, 500] == pytest.approx(0.25, abs=0.03)
    assert second.change_low <= 700 <= second.change_high and second.before == pytest.approx(0.25, abs=0.03)


def test_the_baseline_does_not_take_in_the_change_it_is_to_show() -> None:
    rates = steady(np.full(40, 0.1), 330)
    rates[0:10, 270:] = 0.15
    decided, denied = decisions(np.random.default_rng(12), np.full(40, 15.0), rates)
    held = detect_denial_rate(decided, denied, payers(decided), DenialSettings(arl0_days=1e9))
    free = detect_denial_rate(decided, denied, payers(decided), DenialSettings(arl0_days=1e9, freeze_odds=1e12))
    running_up = held.statistic_worse[:10, 315] > math.log(60)
    assert running_up.sum() >= 3
    drift_held = (held.baseline[:10, 315] - held.baseline[:10, 270])[running_up].mean()
    drift_free = (free.baseline[:10, 315] - free.baseline[:10, 270])[running_up].mean()
    assert drift_held < 0.7 * drift_free


def test_thin_streams_are_not_watched_and_lean_on_their_parents() -> None:
    decided, denied = panel(3, 300, [40, 0.1, 0.1], [0.3, 0.02, 0.02])
    result = detect_denial_rate(decided, denied, np.array([-1, 0, -1]))
    assert not result.watched[1:].any() and not result.statistic_worse[1:].any()
    assert result.watched[0, 200:].all()
    assert result.baseline[1, -1] > 0.05 and result.baseline[1, -1] < 0.3


@pytest.mark.parametrize("habit", ["independent claims", "batches", "weekday pattern", "season"])
def test_an_unchanged_payer_alarms_less_than_once_in_ten_years(habit: str) -> None:
    rng = np.random.default_rng(20)
    volume, rate = mixed_payers(rng, 500)
    days = 850
    rates = steady(rate, days)
    if habit == "season":
        rates = rates * (1 + 0.2 * np.sin(2 * np.pi * np.arange(days) / 365))
    rho = 0.03 if habit == "batches" else 0.0
    decided, denied = decisions(rng, volume, rates, rho, weekday_pattern=habit == "weekday pattern")
    result = detect_denial_rate(decided, denied, payers(decided))
    assert result.watched.mean() > 0.8
    assert false_alarms_a_year(result.alarms, result.watched) <= 0.1


def test_without_its_over_dispersion_a_payer_deciding_in_batches_would_alarm_all_the_time() -> None:
    rng = np.random.default_rng(21)
    decided, denied = decisions(rng, np.full(60, 100.0), steady(np.full(60, 0.1), 500), rho=0.03)
    result = detect_denial_rate(decided, denied, payers(decided))
    assert result.dispersion[:, -1].mean() == pytest.approx(0.03, abs=0.004)
    assert false_alarms_a_year(result.alarms, result.watched) <= 0.1


def test_a_drift_too_small_to_matter_keeps_the_promise() -> None:
    rng = np.random.default_rng(22)
    rates = steady(np.full(300, 0.1), 700)
    rates[:, 350:] = 0.105 / (0.9 + 0.105)  # odds of 1.05
    decided, denied = decisions(rng, np.full(300, 30.0), rates)
    wide_without_season = DenialSettings(null_odds=1.15, common_odds=1.0)
    result = detect_denial_rate(decided, denied, payers(decided), wide_without_season)
    since = [alarm for alarm in result.alarms if alarm.alarmed_on >= 350 and alarm.direction == "worse"]
    assert len(since) / (result.watched[:, 350:].sum() / 365) <= 0.1


def test_a_wider_band_keeps_small_changes_quiet() -> None:
    rates = steady(np.full(60, 0.1), 420)
    rates[:, 300:] = 0.12
    counts = decisions(np.random.default_rng(28), np.full(60, 60.0), rates)
    alarms = {
        band: len(
            detect_denial_rate(*counts, payers(counts[0]), DenialSettings(null_odds=band, common_odds=1.0)).alarms
        )
        for band in (1.0, 1.1, 1.3)
    }
    assert alarms[1.0] > 1.5 * alarms[1.1] > 0 and alarms[1.3] <= 2


def test_categories_are_compared_with_the_same_category_at_other_payers() -> None:
    """Streams of two pools: a common one, and one seldom denied, of which one payer has too few claims to tell."""
    decided, denied = panel(29, 300, [20, 20, 1, 20, 20, 1], [0.2, 0.2, 0.2, 0.01, 0.01, 0.01])
    pool = np.array([0, 0, 0, 1, 1, 1])
    result = detect_denial_rate(decided, denied, payers(decided), pool=pool)
    assert result.baseline[2, -1] == pytest.approx(0.2, abs=0.06)
    assert result.baseline[5, -1] < 0.03
    alone = detect_denial_rate(decided[3:], denied[3:], payers(decided[3:]))
    np.testing.assert_allclose(result.statistic_worse[3:], alone.statistic_worse)


def test_most_doubled_rates_are_found_within_two_months() -> None:
    rng = np.random.default_rng(23)
    volume, rate = mixed_payers(rng, 1200)
    rates = steady(rate, 300)
    changed = np.arange(0, 1200, 4)
    rates[changed, 240:] = np.minimum(2 * rates[changed, 240:], 0.95)
    decided, denied = decisions(rng, volume, rates)
    waits = delays(detect_denial_rate(decided, denied, payers(decided)).alarms, changed, 240)
    assert (waits <= 60).mean() >= 0.75 and (waits <= 30).mean() >= 0.55


def test_the_interval_of_the_change_date_holds_the_true_one() -> None:
    rng = np.random.default_rng(24)
    volume, rate = mixed_payers(rng, 1200)
    rates = steady(rate, 330)
    rates[::4, 240:] = np.minimum(2 * rates[::4, 240:], 0.95)
    decided, denied = decisions(rng, volume, rates)
    alarms = [a for a in detect_denial_rate(decided, denied, payers(decided)).alarms if a.alarmed_on >= 240]
    alarms = [a for a in alarms if a.stream % 4 == 0 and a.direction == "worse"]
    assert len(alarms) > 150
    assert np.mean([a.change_low <= 240 <= a.change_high for a in alarms]) >= 0.88
    assert np.median([abs(a.change_on - 240) for a in alarms]) <= 5


def test_what_moves_at_all_payers_is_excused_slowly_and_what_moves_at_one_is_not() -> None:
    rates = steady(np.full(10, 0.1), 500)
    rates[0, 250:] = 0.3
    one = detect_denial_rate(
        *(counts := decisions(np.random.default_rng(25), np.full(10, 20.0), rates)), payers(counts[0])
    )
    assert np.abs(one.season).max() < 0.12
    rates[1:, 250:] = 0.3
    everywhere = decisions(np.random.default_rng(25), np.full(10, 20.0), rates)
    result = detect_denial_rate(*everywhere, payers(everywhere[0]))
    assert {a.stream for a in result.alarms if a.direction == "worse" and 250 <= a.alarmed_on < 265} == set(range(10))


@pytest.mark.parametrize(
    ("decided", "denied", "parent", "complaint"),
    [
        ([[1, 2]], [[1]], [-1], "streams x days"),
        ([[1, 2]], [[1, 3]], [-1], "stream 0, day 1"),
        ([[1, 2]], [[-1, 0]], [-1], "stream 0, day 0"),
        ([[1, 2]], [[0, 0]], [4], "parent must hold"),
        ([[1], [1]], [[0], [0]], [1, 0], "circle"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    decided: list[list[int]], denied: list[list[int]], parent: list[int], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        detect_denial_rate(np.array(decided), np.array(denied), np.array(parent))


def test_no_streams_and_no_days_are_no_error() -> None:
    assert detect_denial_rate(np.zeros((0, 5), int), np.zeros((0, 5), int), np.zeros(0, int)).alarms == []
    assert detect_denial_rate(np.zeros((2, 0), int), np.zeros((2, 0), int), np.array([-1, 0])).alarms == []


def test_parents_come_before_children() -> None:
    assert [list(level) for level in parents_first(np.array([2, -1, 1, 2]))] == [[1], [2], [0, 3]]


def test_dating_names_the_best_start_and_those_nearly_as_good() -> None:
    steps = np.array([[-1.0, -1.0, 2.0, -0.5, 2.0, 3.0]])
    assert date_change(steps, drop=0.6) == (2, 2, 2)
    assert date_change(steps, drop=2.5) == (2, 0, 4)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(0, 0).rate is None
    assert share(3, 12).rate == 0.25
