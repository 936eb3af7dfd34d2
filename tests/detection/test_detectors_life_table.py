"""Kaplan–Meier over calendar days, and the cells it reads."""

import numpy as np
import pytest
from detection.detector_panels import claims_to_payment

from upstream.detection.detectors.life_table import (
    Cells,
    denials_expected,
    kaplan_meier,
    median_age,
    smoothed_over_ages,
)


def cells(*rows: tuple[int, int, bool, int]) -> Cells:
    """Cells of stream 0 from (submitted, end, paid, count)."""
    columns = np.array([(0, s, e, p, c) for s, e, p, c in rows], dtype=np.int64).reshape(-1, 5).T
    return Cells(columns[0], columns[1], columns[2], columns[3].astype(bool), columns[4])


def test_without_open_claims_the_median_is_the_ordinary_one() -> None:
    result = kaplan_meier(cells((0, 3, True, 4), (0, 10, True, 5), (0, 20, True, 1)), 0, 50, 120)
    assert (result.median, result.p90, result.paid, result.at_risk) == (10, 10, 10, 10)


def test_denied_and_open_claims_leave_the_curve_without_lowering_it() -> None:
    # 10 claims: 2 paid at 5 (S = .8); 4 denied at 6; of the 4 left 2 paid at 9 (S = .4); 2 still open.
    result = kaplan_meier(cells((0, 5, True, 2), (0, 6, False, 4), (0, 9, True, 2), (0, -1, False, 2)), 0, 30, 120)
    assert (result.median, result.p90) == (9, None)


def test_a_curve_that_stays_above_one_half_has_no_median() -> None:
    result = kaplan_meier(cells((0, 5, True, 2), (0, -1, False, 8)), 0, 30, 120)
    assert (result.median, result.p90, result.paid) == (None, None, 2)


def test_claims_enter_at_the_age_they_had_on_the_first_day() -> None:
    # The claim paid on day 4 lies before the window; the other two enter at ages 8 and 0.
    result = kaplan_meier(cells((0, 4, True, 50), (2, 12, True, 1), (10, 13, True, 1)), 10, 20, 120)
    assert (result.at_risk, result.paid, result.median) == (2, 2, 3)


def test_ends_after_the_last_day_are_not_known_yet() -> None:
    assert kaplan_meier(cells((0, 9, True, 3)), 0, 8, 120).paid == 0


def test_a_slow_down_shows_before_the_new_claims_are_paid() -> None:
    claims = claims_to_payment(np.random.default_rng(1), np.array([200.0]), 260, changed_from=240, median_after=24)
    before = kaplan_meier(claims, 100, 239, 120)
    after = kaplan_meier(claims, 240, 259, 120)
    assert before.median is not None and after.median is not None and after.median_low is not None
    assert before.median == pytest.approx(15.5, abs=1)
    assert after.median == pytest.approx(23.5, abs=1.5)
    assert after.median_low <= after.median <= (after.median_high or 120)


def test_weighted_days_mend_a_window_of_the_busiest_days() -> None:
    claims = claims_to_payment(np.random.default_rng(2), np.array([400.0]), 300, habit="business days")
    readiness = np.array([3.0, 1, 1, 1, 1, 0, 0])[np.arange(300) % 7]  # Monday brings the weekend's payments too
    long_run = kaplan_meier(claims, 105, 286, 120).median
    monday = 210
    plain = kaplan_meier(claims, monday, monday + 1, 120).median
    mended = kaplan_meier(claims, monday, monday + 1, 120, readiness).median
    assert long_run is not None and plain is not None and mended is not None
    assert abs(mended - long_run) <= 2 < abs(plain - long_run)


def test_seven_ages_hold_every_weekday_once() -> None:
    assert smoothed_over_ages(np.tile([7.0, 0, 0, 0, 0, 0, 0], 4))[3:-3] == pytest.approx(7)


def test_median_age_of_a_hazard() -> None:
    assert median_age(np.full(10, 0.2)) == 3
    assert median_age(np.full(10, 0.001)) == np.inf


def test_known_through_forgets_what_came_later() -> None:
    known = cells((0, 3, True, 1), (1, 9, True, 2), (2, 5, False, 3), (8, -1, False, 4)).known_through(4)
    assert list(zip(known.submitted_day, known.end_day, known.paid, known.count, strict=True)) == [
        (0, 3, True, 1),
        (1, -1, False, 2),
        (2, -1, False, 3),
    ]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ((-1, 3, True, 1), "submitted day"),
        ((0, 30, True, 1), "end day must lie before 30"),
        ((5, 3, True, 1), "must not come before"),
        ((5, -1, True, 1), "cannot be paid"),
        ((5, 6, True, -1), "must not be negative"),
    ],
)
def test_a_cell_that_cannot_be_is_named(row: tuple[int, int, bool, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"cell 1: .*{complaint}"):
        cells((0, 3, True, 1), row).checked(streams=1, days=30)


def test_columns_of_different_length_are_refused() -> None:
    one = np.zeros(1, dtype=np.int64)
    with pytest.raises(ValueError, match="one length"):
        Cells(one, one, one, np.zeros(2, dtype=bool), one).checked(streams=1, days=5)


def a_year(denied: int, paid: int, stop_paying_on: int = 400, denied_since: int | None = None) -> Cells:
    """Ten claims a day for 300 days, `denied` of them denied after 5 days and `paid` paid after 20, the rest never."""
    rows = []
    for day in range(300):
        count = denied if denied_since is None or day < 250 else denied_since
        rows.append((day, day + 5, False, count))
        pays = day + 20 < min(stop_paying_on, 300)
        rows.append((day, day + 20 if pays else -1, pays, paid))
        rows.append((day, -1, False, 10 - count - paid))
    return cells(*((s, e if e < 300 else -1, p and e < 300, c) for s, e, p, c in rows if c > 0))


def test_denials_go_on_as_expected_when_payments_stop() -> None:
    seen, expected = denials_expected(a_year(2, 7, stop_paying_on=260), (0, 259), (260, 299), 120)
    assert seen == 80 and expected == pytest.approx(80, abs=1)


def test_more_denials_of_open_claims_are_more_than_expected() -> None:
    seen, expected = denials_expected(a_year(2, 5, denied_since=4), (0, 254), (255, 299), 120)
    assert seen == 180 and expected == pytest.approx(90, abs=2)


def test_without_a_period_before_nothing_is_expected() -> None:
    assert denials_expected(cells((10, 12, False, 3)), (0, 5), (6, 20), 120) == (3, 0.0)
