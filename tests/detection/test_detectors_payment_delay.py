"""The payment-delay detector: stalls found in days, quiet payers left alone whatever their habits."""

from dataclasses import replace

import numpy as np
import pytest
from detection.detector_panels import (
    PaymentHabit,
    Ways,
    delays,
    side_by_side,
    waiting_claims,
)

from upstream.detection.detectors.cusum import poisson_cusum_arl
from upstream.detection.detectors.open_claims import Ended, OpenClaims
from upstream.detection.detectors.open_claims_walk import detect_open_claims
from upstream.detection.detectors.payment_delay import KEPT, DelayResult, DelaySettings
from upstream.detection.detectors.watch import OpenClaimsAlarm


def detect(
    claims: OpenClaims, streams: int, days: int, common_ratio: float = 1.5
) -> tuple[DelayResult, list[OpenClaimsAlarm]]:
    result, _ = detect_open_claims(claims, np.full(streams, -1), days, DelaySettings(common_ratio=common_ratio))
    return result, result.alarms


def payers(seed: int, days: int, *ways: Ways, volume: float = 20.0) -> OpenClaims:
    panels = [
        waiting_claims(np.random.default_rng([seed, row]), np.array([volume]), days, way)
        for row, way in enumerate(ways)
    ]
    return side_by_side(*panels, streams=[1] * len(ways))


def test_a_slow_down_is_found_and_dated() -> None:
    claims = payers(1, 300, Ways(), Ways(slower=(250, 24.0)), Ways(), Ways())
    _, (alarm,) = detect(claims, 4, 300)
    assert (alarm.stream, alarm.direction) == (1, "worse")
    assert 250 <= alarm.crossed_on == alarm.alarmed_on <= 256
    assert alarm.change_low <= 250 <= alarm.change_high and abs(alarm.change_on - 250) <= 2
    assert alarm.before == pytest.approx(15.5, abs=1)
    assert alarm.before_low <= alarm.before <= (alarm.before_high or 0)
    assert alarm.after is not None and alarm.after_low is not None and alarm.after_low > alarm.before
    assert alarm.events_after < 0.7 * alarm.expected_after
    assert alarm.count_after > alarm.events_after


def test_faster_payment_is_an_improvement() -> None:
    claims = payers(2, 300, *[Ways(slower=(250, 10.0))] * 2, *[Ways()] * 4)
    _, alarms = detect(claims, 6, 300)
    assert {(a.stream, a.direction) for a in alarms} == {(0, "better"), (1, "better")}
    assert all(250 <= a.crossed_on <= 262 and a.after is not None and a.after < a.before for a in alarms)


@pytest.mark.parametrize("habit", ["any day", "business days", "weekly run"])
def test_a_payer_that_pays_no_more_while_it_denies_is_found_soon_after_its_usual_silence(habit: PaymentHabit) -> None:
    """Its files are there, so its payments are not late for want of one."""
    claims = payers(3, 300, Ways(habit, payments_stop=(252, 300)), *[Ways(habit)] * 3)
    _, (alarm,) = detect(claims, 4, 300)
    assert (alarm.stream, alarm.direction, alarm.after) == (0, "worse", None)
    assert 252 <= alarm.crossed_on <= 252 + (16 if habit == "weekly run" else 8)
    assert abs(alarm.change_on - 252) <= (7 if habit == "weekly run" else 3)


def test_a_payer_that_falls_silent_is_asked_after_its_usual_silence_and_a_week() -> None:
    """Its file may be yet to come; when it does not, the change is dated from the first silent day."""
    ways = Ways("business days")
    claims = payers(4, 300, replace(ways, answers_stop=(252, 300)), ways, ways, ways)
    days, (alarm,) = detect(claims, 4, 300)
    # The last payday was a Friday, and the weekend is its usual silence.
    assert alarm.stream == 0 and alarm.crossed_on == 249 + 2 + 7 + 1
    assert not days.statistic_worse[0, 250:259].any()
    assert 250 <= alarm.change_on <= 252


def test_a_run_put_off_by_some_days_is_no_stall() -> None:
    claims = payers(5, 300, Ways("weekly run"), *[Ways("business days")] * 3)
    own = claims.paid.stream == 0
    late = own & (claims.paid.day > 250) & (claims.paid.day <= 257)
    later = Ended(claims.paid.stream, claims.paid.day + 5 * late, claims.paid.claims, claims.paid.age + 5 * late)
    days, alarms = detect(OpenClaims(claims.submitted, later, claims.denied), 4, 300)
    assert late.any() and days.watched[0, 250:].all() and 0 not in {alarm.stream for alarm in alarms}


def test_a_lasting_slow_down_alarms_once_and_becomes_the_baseline() -> None:
    claims = payers(6, 560, *[Ways(slower=(250, 24.0))] * 2, *[Ways()] * 4)
    days, alarms = detect(claims, 6, 560)
    assert sorted((a.stream, a.direction) for a in alarms) == [(0, "worse"), (1, "worse")]
    assert not days.watched[:2, 262:275].any() and days.watched[:2, 330:].all()
    assert days.expected[:, 400:].sum() == pytest.approx(days.observed[:, 400:].sum(), rel=0.05)


def test_a_stall_that_passed_leaves_the_baseline_as_it_was() -> None:
    ways = Ways("business days")
    claims = payers(7, 420, *[replace(ways, payments_stop=(252, 264))] * 2, *[ways] * 4)
    days, alarms = detect(claims, 6, 420)
    assert sorted((a.stream, a.direction) for a in alarms) == [(0, "worse"), (1, "worse")]
    assert days.watched[:2, 300:].all()
    assert days.expected[:2, 300:].sum() == pytest.approx(days.observed[:2, 300:].sum(), rel=0.05)


def test_a_stall_of_everybody_is_not_taken_for_a_season() -> None:
    claims = waiting_claims(np.random.default_rng(9), np.full(4, 20.0), 260, Ways(payments_stop=(240, 260)))
    _, alarms = detect(claims, 4, 260)
    assert {a.stream for a in alarms if 240 <= a.crossed_on <= 250} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("habit", "median_wait"),
    [("any day", 9), ("business days", 9), ("weekly run", 17), ("moving weekly run", 17)],
)
@pytest.mark.parametrize("changed_on", [252, 255], ids=["on a Monday", "on a Thursday"])
def test_sixteen_days_becoming_twenty_four_are_found_at_five_claims_a_day(
    habit: PaymentHabit, median_wait: int, changed_on: int
) -> None:
    """A weekly run tells once a week, and one run alone raises no alarm."""
    ways = Ways(habit, slower=(changed_on, 24.0), denial_rate=0.0)
    claims = waiting_claims(np.random.default_rng(10), np.full(200, 5.0), 330, ways)
    # All payers change at once here, which is no season.
    _, alarms = detect(claims, 200, 330, common_ratio=1.0)
    waits = delays(alarms, range(200), changed_on)
    assert len(waits) >= 190
    assert np.median(waits) <= median_wait
    dated = [a.change_low <= changed_on <= a.change_high for a in alarms if a.crossed_on >= changed_on]
    assert np.mean(dated) >= 0.85


@pytest.mark.parametrize("volume", [1.0, 5.0, 20.0])
def test_the_threshold_keeps_its_part_of_the_promise_where_hazards_are_known(volume: float) -> None:
    claims = waiting_claims(np.random.default_rng(11), np.full(20, volume), 600, Ways(denial_rate=0.0))
    days, _ = detect(claims, 20, 600)
    paydays = np.median((days.observed[:, 300:] > 0).mean(axis=1))
    for name, ratio, share in (("worse", 0.6, 0.9), ("better", 1 / 0.6, 0.1)):
        thresholds = getattr(days, f"threshold_{name}")[:, -1]
        exact = poisson_cusum_arl(volume / paydays, ratio, float(np.median(thresholds))) / paydays
        assert 0.75 <= exact / (KEPT * 3650 / share) <= 2.5


def test_a_payer_that_never_pays_half_is_not_watched() -> None:
    claims = waiting_claims(np.random.default_rng(12), np.full(2, 10.0), 300)
    unpaid = (claims.paid.stream == 1) & (np.arange(len(claims.paid.claims)) % 3 > 0)
    days, _ = detect(OpenClaims(claims.submitted, claims.paid.of(~unpaid), claims.denied), 2, 300)
    assert days.watched[0, 150:].all() and not days.watched[1].any()
