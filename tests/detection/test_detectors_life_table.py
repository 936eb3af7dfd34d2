"""Days to payment and shares denied over calendar days, and the claims they are read from."""

import numpy as np
import pytest
from detection.detector_panels import Ways, waiting_claims

from upstream.detection.detectors.life_table import (
    denials_expected,
    denied_by_age,
    kaplan_meier,
    median_age,
    share_denied,
    smoothed_over_ages,
)
from upstream.detection.detectors.open_claims import Ended, OpenClaims, StreamClaims, Submitted


def columns(*rows: tuple[int, ...], width: int) -> list[np.ndarray]:
    return list(np.array(rows, dtype=np.int64).reshape(-1, width).T)


def claims(*rows: tuple[int, int, bool, int], days: int = 60) -> StreamClaims:
    """Claims of one stream from (submitted, end or -1 for still open, paid, count)."""
    submitted = columns(*((0, s, c) for s, _, _, c in rows), width=3)
    paid, denied = (
        columns(*((0, e, c, e - s) for s, e, p, c in rows if e >= 0 and p is which), width=4) for which in (True, False)
    )
    return OpenClaims(Submitted(*submitted), Ended(*paid), Ended(*denied)).checked(1).of_stream(0, days, 120)


def test_without_open_claims_the_median_is_the_ordinary_one() -> None:
    result = kaplan_meier(claims((0, 3, True, 4), (0, 10, True, 5), (0, 20, True, 1)), 0, 50)
    assert (result.median, result.p90, result.paid, result.at_risk) == (10, 10, 10, 10)


def test_denied_and_open_claims_leave_the_curve_without_lowering_it() -> None:
    # 10 claims: 2 paid at 5 (S = .8); 4 denied at 6; of the 4 left 2 paid at 9 (S = .4); 2 still open.
    result = kaplan_meier(claims((0, 5, True, 2), (0, 6, False, 4), (0, 9, True, 2), (0, -1, False, 2)), 0, 30)
    assert (result.median, result.p90) == (9, None)


def test_a_curve_that_stays_above_one_half_has_no_median() -> None:
    result = kaplan_meier(claims((0, 5, True, 2), (0, -1, False, 8)), 0, 30)
    assert (result.median, result.p90, result.paid) == (None, None, 2)


def test_claims_enter_at_the_age_they_had_on_the_first_day() -> None:
    # The claim paid on day 4 lies before the window; the other two enter at ages 8 and 0.
    result = kaplan_meier(claims((0, 4, True, 50), (2, 12, True, 1), (10, 13, True, 1)), 10, 20)
    assert (result.at_risk, result.paid, result.median) == (2, 2, 3)


def test_ends_after_the_last_day_are_not_known_yet() -> None:
    assert kaplan_meier(claims((0, 9, True, 3)), 0, 8).paid == 0


def test_claims_beyond_the_oldest_age_wait_no_longer() -> None:
    old = claims((0, 125, True, 3), (10, 130, True, 2), days=140)
    assert old.open[120].tolist()[120] == 3 and old.open[121].sum() == 2
    assert kaplan_meier(old, 0, 139).paid == 2


def test_a_slow_down_shows_before_the_new_claims_are_paid() -> None:
    ways = Ways(slower=(240, 24.0), denial_rate=0.0)
    slower = waiting_claims(np.random.default_rng(1), np.array([200.0]), 260, ways).of_stream(0, 260, 120)
    before, after = kaplan_meier(slower, 100, 239), kaplan_meier(slower, 240, 259)
    assert before.median is not None and after.median is not None and after.median_low is not None
    assert before.median == pytest.approx(15.5, abs=1)
    assert after.median == pytest.approx(23.5, abs=1.5)
    assert after.median_low <= after.median <= (after.median_high or 120)


def test_weighted_days_mend_a_window_of_the_busiest_days() -> None:
    panel = waiting_claims(np.random.default_rng(2), np.array([400.0]), 300, Ways("business days", denial_rate=0.0))
    payer = panel.of_stream(0, 300, 120)
    readiness = np.array([3.0, 1, 1, 1, 1, 0, 0])  # Monday brings the weekend's payments too
    long_run = kaplan_meier(payer, 105, 286).median
    monday = 210
    plain, mended = (kaplan_meier(payer, monday, monday + 1, weight).median for weight in (None, readiness))
    assert long_run is not None and plain is not None and mended is not None
    assert abs(mended - long_run) <= 2 < abs(plain - long_run)


def test_seven_ages_hold_every_weekday_once() -> None:
    assert smoothed_over_ages(np.tile([7.0, 0, 0, 0, 0, 0, 0], 4))[3:-3] == pytest.approx(7)
    assert smoothed_over_ages(np.array([1.0, 2, 4, 8, 16, 32, 64, 128])).tolist() == [
        15,
        31,
        63,
        127,
        254,
        252,
        248,
        240,
    ]


def test_median_age_of_a_hazard() -> None:
    assert median_age(np.full(10, 0.2)) == 3
    assert median_age(np.full(10, 0.001)) == np.inf


def test_open_claims_are_those_submitted_and_not_ended_before() -> None:
    some = claims((0, 3, True, 1), (1, 9, True, 2), (2, 5, False, 3), (8, -1, False, 4))
    waiting = [(day, age, int(some.open[day, age])) for day in (3, 4, 6, 9) for age in some.open[day].nonzero()[0]]
    assert waiting == [(3, 1, 3), (3, 2, 2), (3, 3, 1), (4, 2, 3), (4, 3, 2), (6, 5, 2), (9, 1, 4), (9, 8, 2)]
    assert some.submitted_before[9, [0, 1, 7, 8, 9]].tolist() == [0, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("submitted", "paid", "complaint"),
    [
        ((-1, 3, 1), (0, 5, 1, 2), "submitted, row 1: stream must lie in 0..0"),
        ((0, -3, 1), (0, 5, 1, 2), "submitted, row 1: day must not be negative"),
        ((0, 3, -1), (0, 5, 1, 2), "submitted, row 1: claims must not be negative"),
        ((0, 3, 1), (0, 5, 1, 6), "ended, row 0: age must lie between 0 and"),
        ((0, 3, 1), (0, 5, 1, -1), "ended, row 0: age must lie between 0 and"),
    ],
)
def test_a_row_that_cannot_be_is_named(submitted: tuple[int, ...], paid: tuple[int, ...], complaint: str) -> None:
    none = Ended(*columns(width=4))
    with pytest.raises(ValueError, match=complaint):
        OpenClaims(Submitted(*columns((0, 2, 1), submitted, width=3)), Ended(*columns(paid, width=4)), none).checked(1)


def test_columns_of_different_length_are_refused() -> None:
    one = np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="one length"):
        Submitted(one, one, np.zeros(2, dtype=np.int64)).checked(1)


def a_year(denied: int, paid: int, stop_paying_on: int = 400, denied_since: int | None = None) -> StreamClaims:
    """Ten claims a day for 300 days, `denied` of them denied after 5 days and `paid` paid after 20, the rest never."""
    rows = []
    for day in range(300):
        count = denied if denied_since is None or day < 250 else denied_since
        rows.append((day, day + 5 if day + 5 < 300 else -1, False, count))
        pays = day + 20 < min(stop_paying_on, 300)
        rows.append((day, day + 20 if pays else -1, True, paid))
        rows.append((day, -1, False, 10 - count - paid))
    return claims(*rows, days=300)


def test_denials_go_on_as_expected_when_payments_stop() -> None:
    seen, expected = denials_expected(a_year(2, 7, stop_paying_on=260), (0, 259), (260, 299))
    assert seen == 80 and expected == pytest.approx(80, abs=1)


def test_more_denials_of_open_claims_are_more_than_expected() -> None:
    seen, expected = denials_expected(a_year(2, 5, denied_since=4), (0, 254), (255, 299))
    assert seen == 180 and expected == pytest.approx(90, abs=2)


def test_without_a_period_before_nothing_is_expected() -> None:
    assert denials_expected(claims((10, 12, False, 3)), (0, 5), (6, 20)) == (3, 0.0)


@pytest.mark.parametrize("stop_paying_on", [400, 260])
def test_the_share_denied_is_that_of_the_claims_submitted_however_they_are_paid(stop_paying_on: int) -> None:
    by_age = denied_by_age(a_year(2, 7, stop_paying_on), 130, 299)
    assert by_age.sum() == pytest.approx(0.2, abs=0.002)
    assert by_age[9:].sum() == 0


def test_claims_whose_answers_are_not_due_yet_count_in_part() -> None:
    # Half of the denials of 40 claims are due by now: as many as 20 claims with all of theirs.
    half = share_denied(denied=6, expected=2.0, usual=0.1)
    whole = share_denied(denied=6, expected=2.0 * 3, usual=0.3)
    assert half.share == whole.share == pytest.approx(0.3)
    assert (half.low, half.high) == pytest.approx((0.1189, 0.5428), abs=1e-4)  # Clopper–Pearson for 6 of 20
    assert share_denied(0, 0.0, 0.1).share == 0 and share_denied(5, 0.1, 0.1).share == 1
