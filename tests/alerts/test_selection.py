"""Which changes become alerts, and on which day: budget, evidence, waiting, and what is promised of false alerts."""

import math
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from alerts.made_candidates import candidate, day, watched
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.alerts.root_causes import Candidate, RootCauses
from upstream.alerts.selection import FALSE_PLACES, evidence_asked, select_alerts


def selected(*candidates: Candidate, budget: int = 3, streams: int = 10, **options: Any) -> dict[Any, int]:
    """Days of opening, counted from the Monday."""
    found = select_alerts(candidates, weekly_budget=budget, streams_watched=streams, **options)
    return {key: (opened_on - day(0)).days for key, opened_on in found.items()}


def test_within_the_budget_an_alert_is_opened_on_the_day_of_its_alarm() -> None:
    early, late = candidate(3), candidate(9)
    assert selected(late, early) == {early.key: 3, late.key: 9}


def test_beyond_the_budget_the_largest_evidence_comes_first_and_the_rest_waits_its_turn() -> None:
    small, large, middle, next_day = candidate(0, 1.0), candidate(0, 3.0), candidate(0, 2.0), candidate(1, 9.0)
    assert selected(small, large, middle, next_day, budget=2) == {
        large.key: 0,
        middle.key: 0,
        next_day.key: 7,
        small.key: 7,
    }
    assert selected(small, large, middle, next_day, budget=1) == {
        large.key: 0, next_day.key: 7, middle.key: 14, small.key: 21,
    }  # fmt: skip
    assert selected(small, large, middle, next_day, budget=1, through=day(13)) == {large.key: 0, next_day.key: 7}


def test_what_waits_is_given_up_once_its_reversal_is_seen_or_its_evidence_gone() -> None:
    first = candidate(0, 9.0)
    reversed_, faded, lasting = candidate(0, ended_on=day(7)), candidate(0, 1.0, 0.5, -0.1), candidate(0, 0.0)
    assert selected(first, reversed_, faded, lasting, budget=1) == {first.key: 0, lasting.key: 7}
    still = candidate(0, 1.0, ended_on=day(8))
    assert selected(first, still, budget=1) == {first.key: 0, still.key: 7}


def test_evidence_that_comes_back_finds_a_place() -> None:
    back = candidate(0, 0.2, *[-0.5] * 9, 0.6)
    assert selected(candidate(0, 9.0, key="first"), back, budget=1) == {"first": 0, back.key: 10}


def test_one_root_cause_takes_one_place() -> None:
    payer = candidate(2, payer="Northwind")
    parts = [candidate(2, 5.0, payer="Northwind", service_group=name) for name in ("Imaging", "Visits", "Labs")]
    other = candidate(2, 0.5)
    assert selected(payer, *parts, other, budget=2) == {payer.key: 2, other.key: 2}


def test_a_root_found_late_takes_over_what_was_told_of_its_part() -> None:
    part, payer = candidate(2, payer="Northwind", service_group="Imaging"), candidate(5, 9.0, payer="Northwind")
    other = candidate(5)
    assert selected(part, payer, other, budget=2) == {payer.key: 2, other.key: 5}
    # Until the payer's was found, the part had its own.
    assert selected(part, payer, other, budget=2, through=day(4)) == {part.key: 2}


def test_alerts_there_are_keep_their_places_and_their_matters() -> None:
    mine = candidate(2, payer="Northwind")
    part, other = candidate(4, 9.0, payer="Northwind", service_group="Imaging"), candidate(4)
    assert selected(mine, part, other, budget=1, opened={mine.key: day(2)}) == {other.key: 9}
    # An alert whose signal is not found any more has had its place as well.
    assert selected(other, budget=1, opened={"gone": day(3)}) == {other.key: 10}
    assert selected(other, budget=1, opened={"gone": day(5)}) == {other.key: 4}


def test_many_streams_ask_for_more_evidence_and_a_larger_budget_for_less() -> None:
    assert evidence_asked(300, 1, 3) < 0 < evidence_asked(320, 1, 3) < evidence_asked(1000, 1, 3)
    assert evidence_asked(1000, 1, 3) == evidence_asked(1000, 3, 3) > evidence_asked(1000, 1, 10)
    # 7 x 1,000 / (0.2 x 3) = 11,667 days to a false alarm, against the 3,650 of a detector's own threshold.
    asked = evidence_asked(1000, 1, 3)
    assert asked == pytest.approx(1.1620, abs=1e-4)
    growing = candidate(0, 0.1, 0.6, 1.1, 1.3)
    assert selected(growing, streams=1000) == {growing.key: 3}
    assert selected(candidate(0, asked - 0.01), streams=1000) == {}


def test_changes_seen_together_vouch_for_one_another() -> None:
    """e-BH: of twice the budget's number at once, each needs half the e-value."""
    asked = evidence_asked(3000, 6, 3)
    assert evidence_asked(3000, 3, 3) == pytest.approx(asked + math.log(2))
    together = [candidate(0, asked + 0.01) for _ in range(6)]
    assert list(selected(*together, streams=3000).values()) == [0, 0, 0]
    assert selected(*together[:5], streams=3000) == {}


@pytest.mark.parametrize("budget", [1, 3])
def test_false_alerts_stay_within_their_share_of_the_budget(budget: int) -> None:
    """A thousand unchanged streams over four years: more alarms than that share, fewer alerts."""
    streams, days = 1000, 1460
    alarms = watched(streams, days, seed=11)
    assert len(alarms) / days * 7 > 2 * FALSE_PLACES * 3
    opened = select_alerts(alarms, weekly_budget=budget, streams_watched=streams, through=day(days - 1))
    assert 0 < len(opened) / days * 7 <= FALSE_PLACES * budget


def test_the_error_over_a_weeks_patience_is_controlled_while_streams_change() -> None:
    """False of all alerts in a week, or of the budget's places where there are fewer, on average over weeks."""
    streams, days, budget = 600, 728, 2
    ratios = []
    for seed in range(3):
        alarms = watched(streams, days, seed=seed, changed=40, change_on=200)
        opened = select_alerts(alarms, weekly_budget=budget, streams_watched=streams, through=day(days - 1))
        weeks: dict[int, Counter[bool]] = {week: Counter() for week in range(days // 7)}
        for (stream, _), opened_on in opened.items():
            weeks[(opened_on - day(0)).days // 7][stream >= 40 or opened_on < day(200)] += 1
        ratios += [told[True] / max(told.total(), budget) for told in weeks.values()]
    assert 0 < sum(ratios) / len(ratios) <= FALSE_PLACES


def test_true_changes_are_told_of_within_days_of_their_alarm() -> None:
    alarms = watched(500, 400, seed=5, changed=3, change_on=300, shift=0.6)
    opened = select_alerts(alarms, weekly_budget=3, streams_watched=500, through=day(399))
    true = [each for each in alarms if each.key[0] < 3 and each.alarmed_on >= day(300)]
    assert {each.key[0] for each in true} == {0, 1, 2}
    first = {each.key[0]: each for each in reversed(true)}
    assert all(opened[each.key] - each.alarmed_on <= timedelta(days=10) for each in first.values())


streams = st.tuples(st.sampled_from(["Northwind", "Meridian", "Harbor"]), st.sampled_from(["", "Imaging", "Visits"]))
changes = st.lists(
    st.tuples(streams, st.integers(0, 40), st.lists(st.floats(0, 4), min_size=1, max_size=5), st.booleans()),
    max_size=14,
)


def made(drawn: list[Any]) -> list[Candidate]:
    return [
        candidate(
            alarmed, *evidence, key=number, payer=payer, service_group=group or None,
            ended_on=day(alarmed + 9) if ends else None,
        )
        for number, ((payer, group), alarmed, evidence, ends) in enumerate(drawn)
    ]  # fmt: skip


@settings(deadline=None)
@given(changes, st.integers(1, 3), st.sampled_from([10, 900, 3000]))
def test_a_run_each_day_and_one_over_all_days_open_the_same_alerts(drawn: list, budget: int, streams: int) -> None:
    candidates, last = made(drawn), 60
    at_once = select_alerts(candidates, weekly_budget=budget, streams_watched=streams, through=day(last))
    opened: dict[Any, date] = {}
    for today in range(last + 1):
        known = [each for each in candidates if each.alarmed_on <= day(today)]
        new = select_alerts(known, weekly_budget=budget, streams_watched=streams, through=day(today), opened=opened)
        assert set(new.values()) <= {day(today)}
        opened |= new
    told = select_alerts(candidates, weekly_budget=budget, streams_watched=streams, through=day(last), opened=opened)
    assert told == {}
    # A root found after its part has been told of takes that over.
    roots, taken_over = RootCauses(candidates).roots(), dict[Any, date]()
    for key, opened_on in opened.items():
        taken_over[roots[key]] = min(opened_on, taken_over.get(roots[key], opened_on))
    assert taken_over == at_once


@settings(deadline=None)
@given(changes, st.integers(1, 3), st.randoms(use_true_random=False))
def test_no_seven_days_bring_more_than_the_budget_whatever_the_order_of_candidates(
    drawn: list, budget: int, random: Any
) -> None:
    candidates = made(drawn)
    opened = select_alerts(candidates, weekly_budget=budget, streams_watched=10)
    for first in opened.values():
        assert sum(first <= other < first + timedelta(days=7) for other in opened.values()) <= budget
    assert all(opened_on >= min(each.alarmed_on for each in candidates) for opened_on in opened.values())
    random.shuffle(candidates)
    assert select_alerts(candidates, weekly_budget=budget, streams_watched=10) == opened
