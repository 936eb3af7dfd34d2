"""How far outcomes were known on each day, payer by payer: late files, silences that last, and mistyped days."""

import numpy as np
import pytest

from upstream.detection.known_outcomes import known_through, last_usual_day

DAYS = 280
LAST = DAYS - 1
#: Monday to Friday, ending on a Sunday.
WORKDAYS = np.arange(DAYS) % 7 < 5
FRIDAY = LAST - 2


def daily(count: int = 10, through: int = LAST) -> np.ndarray:
    return np.where(WORKDAYS & (np.arange(DAYS) <= through), count, 0)


def known(*outcomes: np.ndarray, submissions: np.ndarray | None = None) -> list[int]:
    return known_through(np.stack(outcomes), daily() if submissions is None else submissions)[:, -1].tolist()


def test_everybody_is_known_through_the_organizations_last_day() -> None:
    assert known(daily(), daily(4), daily(25)) == [FRIDAY] * 3
    assert known(daily(), np.zeros(DAYS, dtype=int)) == [FRIDAY] * 2
    assert known(np.zeros(DAYS, dtype=int)) == [LAST]


def test_a_payer_is_known_through_its_last_outcome_until_it_is_silent_longer_than_usual_and_a_week() -> None:
    # Its weekends are two days long, so nine days of silence may be a file that is late, and ten are a stall.
    assert known(daily(), daily(through=FRIDAY - 9)) == [FRIDAY, FRIDAY - 9]
    assert known(daily(), daily(through=FRIDAY - 10)) == [FRIDAY, FRIDAY]


def test_who_pays_once_a_week_may_be_silent_for_longer() -> None:
    weekly = np.where(np.arange(DAYS) % 7 == 2, 50, 0)
    weekly[FRIDAY - 12 :] = 0
    assert weekly[FRIDAY - 16] and known(daily(), weekly) == [FRIDAY, FRIDAY]
    weekly = np.where(np.arange(DAYS) % 7 == 0, 50, 0)
    weekly[FRIDAY - 10 :] = 0
    assert weekly[FRIDAY - 11] and known(daily(), weekly) == [FRIDAY, FRIDAY - 11]


def test_holidays_are_usual_and_one_stall_of_the_past_is_not() -> None:
    short = daily(through=FRIDAY - 11)
    assert known(daily(), short) == [FRIDAY, FRIDAY]
    stalled = short.copy()
    stalled[150:190] = 0
    assert known(daily(), stalled) == [FRIDAY, FRIDAY]
    holidays = short.copy()
    for monday in (154, 189):
        holidays[[monday - 3, monday]] = 0
    assert known(daily(), holidays) == [FRIDAY, FRIDAY - 11]


@pytest.mark.parametrize(("silent", "counts"), [(7, False), (8, True), (30, True)])
@pytest.mark.parametrize("others", [[], [daily(1)]], ids=["alone", "with a small one"])
def test_who_brings_nearly_all_outcomes_is_measured_against_the_claims_sent(
    silent: int, counts: bool, others: list[np.ndarray]
) -> None:
    """It decides every day, so no silence is usual for it and seven days may be a file that is late."""
    through = LAST - silent
    most = np.where(np.arange(DAYS) <= through, 20, 0)
    assert known(most, *others, submissions=np.full(DAYS, 25))[0] == (LAST if counts else through)


def test_imports_that_end_are_nobodys_silence() -> None:
    ended = np.where(np.arange(DAYS) <= LAST - 30, 10, 0)
    assert known(ended, submissions=ended) == [LAST - 30]
    # One claim dated far ahead does not say that claims are still being sent.
    mistyped = ended + (np.arange(DAYS) == LAST)
    assert known(ended, submissions=mistyped) == [LAST - 30]
    # Where two share the outcomes, both being silent means that no file was fetched.
    assert known(ended, ended, submissions=np.full(DAYS, 20)) == [LAST - 30] * 2


@pytest.mark.parametrize("ahead", [20, 60])
def test_a_few_outcomes_far_ahead_of_all_others_are_mistyped(ahead: int) -> None:
    counts = daily(through=FRIDAY - 70)
    counts[FRIDAY - 70 + ahead] = 1
    assert last_usual_day(counts)[-1] == FRIDAY - 70
    assert known(counts, daily(3, through=FRIDAY - 70)) == [FRIDAY - 70] * 2


def test_a_silence_counts_in_full_on_the_day_on_which_it_has_lasted_too_long() -> None:
    silent = daily(through=FRIDAY - 21)
    silent[FRIDAY - 4 :] = daily()[FRIDAY - 4 :]
    last = FRIDAY - 21
    told = known_through(np.stack((daily(), silent)), daily())[1]
    # Through its last outcome for two days that are usual and a week, then to the day; and again once it is back.
    assert told[last : last + 10].tolist() == [last] * 10
    assert told[last + 10] == last + 10
    assert (told[FRIDAY - 4 : FRIDAY + 1] == np.arange(FRIDAY - 4, FRIDAY + 1)).all()


def some_outcomes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Payers that decide daily, weekly or hardly ever, with holes; and claims submitted, perhaps no longer."""
    rng = np.random.default_rng(seed)
    outcomes = np.stack([rng.poisson(rng.choice([0.1, 1.0, 5.0, 30.0]), 230) for _ in range(rng.integers(1, 5))])
    for payer in outcomes:
        kept = rng.integers(0, 3)
        payer[np.isin(np.arange(230) % 7, [[5, 6], [0, 1, 3, 4, 5, 6], []][kept])] = 0
        for _ in range(rng.integers(0, 4)):
            start = rng.integers(0, 230)
            payer[start : start + rng.integers(1, 60)] = 0
    submissions = rng.poisson(5, 230)
    submissions[rng.integers(100, 400) :] = 0
    return outcomes, submissions


@pytest.mark.parametrize("seed", range(12))
def test_no_day_knows_of_later_ones_and_what_was_known_stays_known(seed: int) -> None:
    outcomes, submissions = some_outcomes(seed)
    whole = known_through(outcomes, submissions)
    assert (np.diff(whole, axis=1) >= 0).all() and (whole <= np.arange(230)).all()
    for days in (1, 5, 40, 120, 199, 229):
        np.testing.assert_array_equal(known_through(outcomes[:, :days], submissions[:days]), whole[:, :days])
