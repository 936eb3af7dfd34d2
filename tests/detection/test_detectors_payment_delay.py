"""The payment-delay detector: stalls found in days, quiet payers left alone whatever their habits."""

import math
from dataclasses import replace

import numpy as np
import pytest
from detection.detector_panels import PaymentHabit, claims_to_payment, delays, false_alarms_a_year
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.detection.detectors.cusum import poisson_cusum_arl
from upstream.detection.detectors.life_table import STILL_OPEN, Cells
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings, detect_payment_delay


def detect(
    cells: Cells, streams: int, days: int, parent: np.ndarray | None = None, known_through: np.ndarray | None = None
) -> DelayResult:
    columns = (cells.stream, cells.submitted_day, cells.end_day, cells.paid, cells.count)
    parent = np.full(streams, -1) if parent is None else parent
    return detect_payment_delay(*columns, parent, days, known_through=known_through)


def slowed(seed: int, days: int = 300, changed_on: int = 250) -> Cells:
    """Four payers of 20 claims a day; the second pays after 24 days instead of 16 from `changed_on` on."""
    rng = np.random.default_rng(seed)
    quiet = claims_to_payment(rng, np.full(3, 20.0), days)
    slow = claims_to_payment(rng, np.array([20.0]), days, changed_from=changed_on, median_after=24)
    rows = np.array([0, 2, 3])
    return Cells(
        np.concatenate((rows[quiet.stream], np.full(len(slow.stream), 1))),
        *(
            np.concatenate((getattr(quiet, name), getattr(slow, name)))
            for name in ("submitted_day", "end_day", "paid", "count")
        ),
    )


def test_a_stall_is_found_and_dated() -> None:
    (alarm,) = detect(slowed(1), 4, 300).alarms
    assert (alarm.stream, alarm.direction) == (1, "worse")
    assert 250 <= alarm.alarmed_on <= 256
    assert alarm.change_low <= 250 <= alarm.change_high and abs(alarm.change_on - 250) <= 2
    assert alarm.before == pytest.approx(15.5, abs=1)
    assert alarm.before_low <= alarm.before <= (alarm.before_high or 0)
    assert alarm.after is not None and alarm.after_low is not None and alarm.after_low > alarm.before
    assert alarm.events_after < 0.7 * alarm.expected_after
    assert alarm.count_after > alarm.events_after


def test_faster_payment_is_an_improvement() -> None:
    cells = claims_to_payment(np.random.default_rng(2), np.full(3, 20.0), 300, changed_from=250, median_after=10)
    alarms = detect(cells, 3, 300).alarms
    assert {(a.stream, a.direction) for a in alarms} == {(0, "better"), (1, "better"), (2, "better")}
    assert all(250 <= a.alarmed_on <= 262 and a.after is not None and a.after < a.before for a in alarms)


@pytest.mark.parametrize("days", [180, 252, 280])
def test_no_day_knows_of_later_ones(days: int) -> None:
    cells = slowed(3)
    whole, prefix = detect(cells, 4, 300), detect(cells.known_through(days - 1), 4, days)
    assert prefix.alarms == [alarm for alarm in whole.alarms if alarm.alarmed_on < days]
    for name in ("observed", "expected", "open_claims", "statistic_worse", "statistic_better", "threshold_worse"):
        np.testing.assert_array_equal(getattr(prefix, name), getattr(whole, name)[:, :days])


DAILY = ("observed", "expected", "statistic_worse", "statistic_better", "threshold_worse", "watched")


@pytest.mark.parametrize("last", [252, 280, 298])
def test_after_the_last_known_day_neither_payments_nor_their_absence_count(last: int) -> None:
    cells = slowed(3)
    through = np.array([299, last, 299, 299])
    known, plain = detect(cells, 4, 300, known_through=through), detect(cells, 4, 300)
    beyond = slice(last + 1, 300)
    assert not known.observed[1, beyond].any() and not known.expected[1, beyond].any()
    held = known.statistic_worse[1, last] if not any(a.alarmed_on == last for a in known.alarms) else 0
    assert (known.statistic_worse[1, beyond] == held).all() and (held > 0 or last > 252)
    assert known.alarms == [alarm for alarm in plain.alarms if alarm.stream != 1 or alarm.alarmed_on <= last]
    for name in DAILY:
        np.testing.assert_array_equal(getattr(known, name)[:, : last + 1], getattr(plain, name)[:, : last + 1])
    # Nor does it matter what the cells say of those days.
    later = (cells.stream == 1) & (cells.end_day > last)
    opened = replace(cells, end_day=np.where(later, STILL_OPEN, cells.end_day), paid=cells.paid & ~later)
    unknown = detect(opened, 4, 300, known_through=through)
    assert unknown.alarms == known.alarms
    for name in DAILY:
        np.testing.assert_array_equal(getattr(unknown, name), getattr(known, name))


def test_days_not_known_are_no_experience_of_slow_payment() -> None:
    """Weeks without a payer's outcomes leave its expectation, and that of those who learn from it, as it was."""
    cells = claims_to_payment(np.random.default_rng(13), np.full(3, 20.0), 300)
    missing = (cells.stream > 0) & (cells.end_day > 250)
    cells = replace(cells, end_day=np.where(missing, STILL_OPEN, cells.end_day), paid=cells.paid & ~missing)
    result = detect(cells, 3, 300, known_through=np.array([299, 250, 250]))
    assert result.alarms == []
    assert result.expected[0, 280:].sum() == pytest.approx(result.observed[0, 280:].sum(), rel=0.1)


def test_a_weekend_is_a_weekend_while_only_one_payers_file_is_in() -> None:
    friday, weekend, monday_to_friday = 249, [250, 251], slice(252, 257)
    cells = claims_to_payment(np.random.default_rng(14), np.full(4, 20.0), 257, "business days")
    missing = (cells.stream > 0) & (cells.end_day > friday)
    cells = replace(cells, end_day=np.where(missing, STILL_OPEN, cells.end_day), paid=cells.paid & ~missing)
    result = detect(cells, 4, 257, known_through=np.array([256, friday, friday, friday]))
    assert not result.observed[0, weekend].any() and not result.expected[0, weekend].any()
    assert result.observed[0, monday_to_friday].all() and result.alarms == []


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(4)), st.randoms(use_true_random=False))
def test_neither_the_order_of_streams_nor_the_cut_of_cells_matters(order: list[int], random: object) -> None:
    cells, parent = slowed(4, 270), np.array([-1, 0, 0, -1])
    plain = detect(cells, 4, 270, parent)
    new_row = np.empty(4, dtype=int)
    new_row[order] = np.arange(4)
    part = np.random.default_rng(order[0]).binomial(cells.count, 0.4)
    shuffled = np.random.default_rng(order[1]).permutation(2 * len(part))
    halves = Cells(
        np.tile(new_row[cells.stream], 2)[shuffled],
        np.tile(cells.submitted_day, 2)[shuffled],
        np.tile(cells.end_day, 2)[shuffled],
        np.tile(cells.paid, 2)[shuffled],
        np.concatenate((part, cells.count - part))[shuffled],
    )
    moved = detect(halves, 4, 270, np.where(parent[order] < 0, -1, new_row[parent[order]]))
    np.testing.assert_allclose(moved.statistic_worse, plain.statistic_worse[order], rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(moved.open_claims, plain.open_claims[order])
    assert plain.alarms
    assert sorted((new_row[a.stream], a.alarmed_on, a.change_on, a.before, a.after) for a in plain.alarms) == sorted(
        (a.stream, a.alarmed_on, a.change_on, a.before, a.after) for a in moved.alarms
    )


def test_observed_and_open_claims_are_those_of_the_cells() -> None:
    cells = slowed(5, 200)
    result = detect(cells, 4, 200)
    day, stream = 150, 2
    mine = cells.stream == stream
    ended_today = mine & (cells.end_day == day) & cells.paid
    still_there = mine & (cells.submitted_day <= day) & ((cells.end_day >= day) | (cells.end_day < 0))
    still_there &= day - cells.submitted_day <= 120
    assert result.observed[stream, day] == cells.count[ended_today].sum()
    assert result.open_claims[stream, day] == cells.count[still_there].sum()
    assert result.expected[:, 140:].sum() == pytest.approx(result.observed[:, 140:].sum(), rel=0.05)


def test_a_lasting_slow_down_alarms_once_and_becomes_the_baseline() -> None:
    cells = claims_to_payment(np.random.default_rng(6), np.full(3, 20.0), 560, changed_from=250, median_after=24)
    result = detect(cells, 3, 560)
    assert sorted((a.stream, a.direction) for a in result.alarms) == [(0, "worse"), (1, "worse"), (2, "worse")]
    assert not result.watched[:, 262:275].any() and result.watched[:, 330:].all()
    assert result.expected[:, 400:].sum() == pytest.approx(result.observed[:, 400:].sum(), rel=0.05)


@pytest.mark.parametrize("habit", ["any day", "business days", "weekly run", "moving weekly run"])
@pytest.mark.parametrize("volume", [2.0, 5.0, 20.0])
def test_an_unchanged_payer_alarms_less_than_once_in_ten_years(habit: PaymentHabit, volume: float) -> None:
    cells = claims_to_payment(np.random.default_rng(7), np.full(60, volume), 620, habit)
    result = detect(cells, 60, 620)
    assert result.watched.mean() > 0.75
    assert false_alarms_a_year(result.alarms, result.watched, "worse") <= 0.1


def test_bank_holidays_are_no_stall() -> None:
    holidays = {day for day in range(3, 620) if day % 37 == 3} | {358, 359, 364}
    cells = claims_to_payment(np.random.default_rng(8), np.full(60, 5.0), 620, "business days", holidays=holidays)
    result = detect(cells, 60, 620)
    assert false_alarms_a_year(result.alarms, result.watched) <= 0.1


def test_a_stall_of_everybody_is_not_taken_for_a_holiday_for_long() -> None:
    cells = claims_to_payment(np.random.default_rng(9), np.full(4, 20.0), 260).known_through(239)
    result = detect(cells, 4, 260)
    assert {a.stream for a in result.alarms if 240 <= a.alarmed_on <= 250} == {0, 1, 2, 3}


@pytest.mark.parametrize(("habit", "median_wait"), [("any day", 9), ("business days", 12), ("weekly run", 20)])
def test_sixteen_days_becoming_twenty_four_are_found_at_five_claims_a_day(
    habit: PaymentHabit, median_wait: int
) -> None:
    cells = claims_to_payment(np.random.default_rng(10), np.full(100, 5.0), 330, habit, 252, 24)
    result = detect(cells, 100, 330)
    waits = delays(result.alarms, range(100), 252)
    assert len(waits) >= 95
    assert np.median(waits) <= median_wait
    dated = [a.change_low <= 252 <= a.change_high for a in result.alarms if a.alarmed_on >= 252]
    assert np.mean(dated) >= 0.85


@pytest.mark.parametrize("volume", [1.0, 5.0, 20.0])
def test_the_threshold_keeps_the_promise_exactly_where_hazards_are_known(volume: float) -> None:
    cells = claims_to_payment(np.random.default_rng(11), np.full(20, volume), 400)
    result = detect(cells, 20, 400)
    shares = DelaySettings().share_worse
    for direction, ratio, share in (("worse", 0.7, shares), ("better", 1 / 0.7, 1 - shares)):
        thresholds = getattr(result, f"threshold_{direction}")[:, -1]
        exact = poisson_cusum_arl(volume, ratio, float(np.median(thresholds)))
        assert 0.75 * 3650 / share <= exact <= 3 * 3650 / share


def test_a_payer_that_never_pays_half_is_not_watched() -> None:
    cells = claims_to_payment(np.random.default_rng(12), np.full(2, 10.0), 300)
    unpaid = cells.paid & (cells.stream == 1) & (np.arange(len(cells.count)) % 3 > 0)
    result = detect(replace(cells, paid=cells.paid & ~unpaid, end_day=np.where(unpaid, -1, cells.end_day)), 2, 300)
    assert result.watched[0, 150:].all() and not result.watched[1].any()


def test_no_claims_are_no_error() -> None:
    none = np.zeros(0, dtype=np.int64)
    result = detect_payment_delay(none, none, none, none.astype(bool), none, np.array([-1, 0]), 30)
    assert result.alarms == [] and not result.expected.any() and math.isfinite(result.threshold_worse.max())


def test_a_cell_that_cannot_be_is_refused() -> None:
    one = np.array([0])
    with pytest.raises(ValueError, match="cell 0: end day"):
        detect_payment_delay(one, one + 5, one + 3, np.array([True]), one + 1, np.array([-1]), 30)
