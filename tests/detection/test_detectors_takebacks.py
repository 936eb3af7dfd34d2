"""The takeback detector: a payer that suddenly takes back is found, one with its usual trickle or letters is not."""

import numpy as np
import pytest
from detection.detector_panels import BUSINESS_WEEK, delays, false_alarms_a_year
from numpy.typing import NDArray

from upstream.detection.detectors.takebacks import (
    TAKEBACK_SETTINGS,
    counted_takebacks,
    detect_takebacks,
    takeback_rate,
    usual_claims,
)

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
DAYS_BETWEEN_LETTERS = {"letters every week": 7, "letters every month": 30, "letters every quarter": 90}


def claims_decided(rng: np.random.Generator, volume: Floats, days: int) -> Counts:
    weekday = (np.arange(days) + rng.integers(0, 7, len(volume))[:, None]) % 7
    return rng.poisson(volume[:, None] * BUSINESS_WEEK[weekday])


def taken_back(rng: np.random.Generator, decided: Counts, rates: Floats, rho: float = 0.0) -> Counts:
    """Takebacks one by one, a share `rates` (streams, days) of the claims decided; in batches with rho."""
    if rho:
        shapes = np.maximum(rates, 1e-9) * (1 / rho - 1), (1 - rates) * (1 / rho - 1)
        rates = np.where(rates > 0, rng.beta(*shapes), 0)
    return rng.binomial(decided, rates)


def letters(rng: np.random.Generator, volume: Floats, rates: Floats, between: int) -> Counts:
    """The same by the letter, one in `between` days of any day of the week, of most unequal length."""
    expected = np.maximum(rates * volume[:, None] * between, 1e-12)
    sent = rng.random(rates.shape) < 1 / between
    return np.where(sent, rng.negative_binomial(1.5, 1.5 / (1.5 + expected)), 0)


def usual(rng: np.random.Generator, payers: int, days: int, claims_a_day: float = 6) -> tuple[Floats, Counts, Floats]:
    """Claims a day, claims decided, and shares taken back, (payers, days), of payers of which two in five never do."""
    volume = np.exp(rng.normal(np.log(claims_a_day), 1.1, payers)).clip(0.5, 300)
    rates = np.where(rng.random(payers) < 0.4, 0, rng.beta(1.2, 80, payers))
    return volume, claims_decided(rng, volume, days), np.repeat(rates[:, None], days, axis=1)


def without_parents(decided: Counts) -> Counts:
    return np.full(len(decided), -1)


@pytest.mark.parametrize(
    "habit",
    [
        "one by one",
        "batches",
        "wide batches",
        "season",
        "more claims",
        *DAYS_BETWEEN_LETTERS,
        "all of these",
        "together",
    ],
)
def test_payers_as_they_always_were_alarm_less_than_once_in_ten_years(habit: str) -> None:
    rng = np.random.default_rng(40)
    volume, decided, rates = usual(rng, 400, 800, claims_a_day=80 if habit == "many every day" else 6)
    if habit in ("season", "together"):
        rates = rates * (1 + 0.2 * np.sin(2 * np.pi * np.arange(800) / 365))
    if habit in ("more claims", "together"):
        decided[:, 400:] += claims_decided(rng, 0.3 * volume, 400)
    rho = {"batches": 0.03, "wide batches": 0.08, "together": 0.03}.get(habit, 0.0)
    takebacks = taken_back(rng, decided, rates, rho)
    for number, (letter, between) in enumerate(DAYS_BETWEEN_LETTERS.items()):
        of = {letter: slice(None), "all of these": slice(number, None, 5), "together": slice(number, None, 5)}.get(
            habit
        )
        if of is not None:
            takebacks[of] = letters(rng, volume[of], rates[of], between)
    result = detect_takebacks(decided, takebacks, without_parents(decided))
    assert result.watched.mean() > 0.6
    assert false_alarms_a_year(result.alarms, result.watched) <= 0.1


@pytest.fixture(scope="module")
def sudden() -> tuple[Counts, Counts]:
    """Twelve payers of 15 claims a day: the first six take back one claim in a hundred, the others none until day 360.

    From then on payer 8 takes back one claim in twenty, payer 10 a letter of 25 every week.
    """
    rng = np.random.default_rng(41)
    decided = claims_decided(rng, np.full(12, 15.0), 430)
    rates = np.zeros((12, 430))
    rates[:6] = 0.01
    rates[8, 360:] = 0.05
    takebacks = taken_back(rng, decided, rates)
    takebacks[10, 361::7] = 25
    return decided, takebacks


def test_a_payer_that_suddenly_takes_back_alarms_within_days(sudden: tuple[Counts, Counts]) -> None:
    decided, takebacks = sudden
    alarms = {alarm.stream: alarm for alarm in detect_takebacks(decided, takebacks, without_parents(decided)).alarms}
    assert set(alarms) == {8, 10}
    trickle, by_letter = alarms[8], alarms[10]
    assert trickle.alarmed_on - 360 <= 14 and trickle.change_low <= 362 and trickle.change_high >= 360
    assert by_letter.alarmed_on in (368, 375) and by_letter.change_on == 361
    for alarm in alarms.values():
        after = slice(alarm.change_on, alarm.alarmed_on + 1)
        assert alarm.direction == "worse" and alarm.before == 0 and alarm.expected_after == 0
        assert alarm.events_after == takebacks[alarm.stream, after].sum()
        assert alarm.count_after == decided[alarm.stream, after].sum()
        assert alarm.after == pytest.approx(alarm.events_after / alarm.count_after)
        assert alarm.before_high is not None and alarm.after_low is not None and alarm.after_high is not None
        assert alarm.before_high < 0.01 and alarm.after_low < alarm.after < alarm.after_high


def test_one_letter_is_no_alarm_however_long(sudden: tuple[Counts, Counts]) -> None:
    decided, takebacks = (counts.copy() for counts in sudden)
    takebacks[[8, 10]] = 0
    takebacks[10, 361] = 500
    result = detect_takebacks(decided, takebacks, without_parents(decided))
    assert result.alarms == [] and result.counted[10, 361] == 1


def test_most_payers_that_begin_to_take_back_are_found_and_a_trickle_that_grows_is_too() -> None:
    rng = np.random.default_rng(42)
    _, decided, rates = usual(rng, 480, 400)
    begins, grows = np.arange(0, 480, 8), np.arange(4, 480, 8)
    rates[begins], rates[grows] = 0, 0.01
    rates[begins, 300:], rates[grows, 300:] = 0.1, 0.06
    alarms = detect_takebacks(decided, taken_back(rng, decided, rates), without_parents(decided)).alarms
    began, grew = delays(alarms, begins, 300), delays(alarms, grows, 300)
    assert (began <= 7).mean() >= 0.6 and (began <= 30).mean() >= 0.9
    assert (grew <= 60).mean() >= 0.6


def test_a_payer_that_stops_taking_back_is_an_improvement() -> None:
    rng = np.random.default_rng(43)
    decided = claims_decided(rng, np.full(6, 30.0), 600)
    rates = np.full((6, 600), 0.04)
    rates[3, 400:] = 0.002
    (alarm,) = detect_takebacks(decided, taken_back(rng, decided, rates), without_parents(decided)).alarms
    assert (alarm.stream, alarm.direction) == (3, "better")
    assert alarm.change_low <= 400 <= alarm.change_high
    assert alarm.before_low < 0.04 < (alarm.before_high or 0)


def test_a_payer_may_take_back_more_than_it_decides() -> None:
    decided, takebacks = np.full((4, 400), 2), np.zeros((4, 400), dtype=np.int64)
    takebacks[1, 350:] = 5
    decided[1, 352:356] = 0
    (alarm,) = detect_takebacks(decided, takebacks, without_parents(decided)).alarms
    assert (alarm.stream, alarm.change_on) == (1, 350) and alarm.alarmed_on <= 356
    assert alarm.after is not None and alarm.after > 1


@pytest.mark.parametrize("days", [250, 364, 400])
def test_no_day_knows_of_later_ones(sudden: tuple[Counts, Counts], days: int) -> None:
    decided, takebacks = sudden
    whole = detect_takebacks(decided, takebacks, without_parents(decided))
    prefix = detect_takebacks(decided[:, :days], takebacks[:, :days], without_parents(decided))
    assert prefix.alarms == [alarm for alarm in whole.alarms if alarm.alarmed_on < days]
    for name in ("counted", "baseline", "statistic_worse", "statistic_better", "watched"):
        np.testing.assert_allclose(getattr(prefix, name), getattr(whole, name)[:, :days], rtol=1e-12)


def test_letters_count_as_one_and_daily_takebacks_as_they_are() -> None:
    rng = np.random.default_rng(45)
    decided, takebacks = np.full((3, 300), 30), np.zeros((3, 300), dtype=np.int64)
    takebacks[0, ::7] = 40
    takebacks[1] = rng.poisson(3, 300)
    takebacks[2, 299] = 80
    counted = counted_takebacks(decided, takebacks, TAKEBACK_SETTINGS)
    assert set(counted[0, 63::7]) == {1} and counted[2, 299] == 1
    assert np.mean(counted[1, 150:] == takebacks[1, 150:]) >= 0.98
    assert np.all(counted <= takebacks)


def test_the_claims_of_a_usual_day_add_up_to_the_claims() -> None:
    decided = claims_decided(np.random.default_rng(46), np.array([0.3, 4.0, 90.0]), 400)
    usual_day = usual_claims(decided)
    np.testing.assert_allclose(usual_day.sum(axis=1), decided.sum(axis=1), rtol=0.1)
    assert usual_day[2, 50:].std() < 10 < decided[2, 50:].std()


def test_a_rate_has_an_interval_and_none_without_decisions() -> None:
    rng = np.random.default_rng(44)
    rates = [takeback_rate(claims, rng.poisson(0.02 * claims)) for claims in rng.poisson(10, (400, 90))]
    assert np.mean([rate.low <= 0.02 <= rate.high for rate in rates]) >= 0.93
    nothing = takeback_rate(np.zeros(3, dtype=np.int64), np.array([0, 2, 0]))
    assert (nothing.takebacks, nothing.rate, nothing.low, nothing.high) == (2, None, 0, 1)


@pytest.mark.parametrize(
    ("decided", "takebacks", "complaint"),
    [
        ([[1, 2]], [[1]], "streams x days"),
        ([[1, 2]], [[0, -1]], "takebacks must not be negative; stream 0, day 1"),
        ([[-1, 2]], [[0, 0]], "decided must not be negative; stream 0, day 0"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    decided: list[list[int]], takebacks: list[list[int]], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        detect_takebacks(np.array(decided), np.array(takebacks), np.array([-1]))


def test_no_streams_and_no_days_are_no_error() -> None:
    for shape in ((0, 5), (2, 0)):
        nothing = np.zeros(shape, dtype=np.int64)
        assert detect_takebacks(nothing, nothing, np.array([-1, 0])[: shape[0]]).alarms == []
