"""What explains what, over all kinds and levels."""

from typing import Any

import pytest
from alerts.made_candidates import candidate, day, delay
from alerts.made_signals import CHANGED, signal
from alerts.made_signals import delay as slow_signal

from upstream.accounts.models import Organization
from upstream.alerts.root_causes import Candidate, RootCauses, candidates_of
from upstream.detection.models import Direction

NORTHWIND: dict[str, Any] = {"payer": "Northwind"}
IMAGING, VISITS = ({**NORTHWIND, "service_group": name} for name in ("Imaging", "Visits"))
CODING, DOWNTOWN = {**NORTHWIND, "denial_category": "coding"}, {**NORTHWIND, "location": "Downtown"}
COHORT, DOLLARS, TAKEBACK = ({"kind": kind} for kind in ("DENIAL_COHORT", "DENIAL_DOLLARS", "TAKEBACK"))


def roots(*candidates: Candidate, **options: Any) -> dict[int, int]:
    """The position of each candidate's root among them, for those that are not their own."""
    position = {each.key: at for at, each in enumerate(candidates)}
    found = RootCauses(candidates).roots(**options)
    return {position[key]: position[root] for key, root in found.items() if key != root}


@pytest.mark.parametrize("part", [IMAGING, CODING, DOWNTOWN])
@pytest.mark.parametrize("kind", [{}, COHORT, DOLLARS])
def test_a_payer_explains_its_parts_of_the_same_days_whenever_they_were_found(part: dict, kind: dict) -> None:
    payer = candidate(30, **NORTHWIND)
    assert roots(payer, candidate(20, changed=24, **part, **kind)) == {1: 0}
    assert roots(payer, candidate(60, changed=48, **part, **kind)) == {1: 0}
    assert roots(payer, candidate(60, changed=49, **part, **kind)) == {}
    assert roots(payer, candidate(20, **{**part, "payer": "Meridian"}, **kind)) == {}


def test_of_one_stream_the_figure_found_first_explains_the_others() -> None:
    kinds: tuple[dict[str, str], ...] = ({}, COHORT, DOLLARS)
    rate, cohort, dollars = (candidate(9 - earlier, **kind, **IMAGING) for earlier, kind in enumerate(kinds))
    assert roots(rate, cohort, dollars) == {0: 2, 1: 2}
    assert roots(rate, cohort) == {0: 1}
    same_day = [candidate(9, **kind, **IMAGING) for kind in kinds]
    assert roots(*same_day) == {1: 0, 2: 0}


def test_cuts_of_the_same_claims_are_one_matter_and_two_groups_are_two() -> None:
    imaging, coding, downtown = candidate(5, **IMAGING), candidate(7, **CODING), candidate(6, **DOWNTOWN)
    assert roots(imaging, coding, downtown) == {1: 0, 2: 0}
    assert roots(imaging, candidate(6, **VISITS)) == {}
    assert roots(imaging, candidate(40, **CODING)) == {}


def test_when_next_to_nothing_is_decided_the_stall_explains_the_share_of_denials() -> None:
    """Of three claims decided since payments stopped all were denied, as many as the open claims let expect."""
    stall = delay(9, payments=(2, 40.0), **NORTHWIND)
    assert roots(stall, candidate(12, after=1.0, open_denials=(3, 2.5), **NORTHWIND)) == {1: 0}


def test_takebacks_stand_alone() -> None:
    taken = candidate(5, **TAKEBACK, **NORTHWIND)
    assert roots(taken, candidate(5, **IMAGING), delay(5, **NORTHWIND)) == {}
    assert roots(taken, candidate(5, **TAKEBACK, **IMAGING)) == {1: 0}


def test_a_payers_slow_down_explains_its_parts_until_its_claims_have_grown_old() -> None:
    payer = delay(30, **NORTHWIND)
    assert roots(payer, delay(80, changed=70, **DOWNTOWN)) == {1: 0}
    assert roots(payer, delay(100, changed=95, **DOWNTOWN)) == {}
    assert roots(payer, delay(80, changed=70, **NORTHWIND)) == {}


def test_denials_explain_the_payments_they_leave_out() -> None:
    denials = candidate(9, before=0.1, after=0.4, **NORTHWIND)
    # Two thirds of the payments are left to be expected: 40 x 0.6 / 0.9 = 26.7, of which chance may take ten.
    as_left, fewer = (delay(9, payments=(seen, 40.0), **NORTHWIND) for seen in (25, 16))
    of_group = delay(9, payments=(25, 40.0), **IMAGING)
    assert roots(denials, as_left, of_group) == {1: 0, 2: 0}
    assert roots(denials, fewer) == {}
    # As long as the denials go on, whenever that shows.
    later = delay(60, payments=(25, 40.0), **NORTHWIND)
    before = delay(9, changed=-12, payments=(25, 40.0), **NORTHWIND)
    assert roots(denials, later) == {1: 0} and roots(denials, before) == {}
    over = {"before": 0.1, "after": 0.4, "ended_on": day(57), **NORTHWIND}
    assert roots(candidate(9, **over), later) == {}
    assert roots(candidate(9, before=0.1, after=None, **NORTHWIND), as_left) == {}


def test_a_delay_explains_a_share_of_denials_that_only_missing_payments_raised() -> None:
    slow, as_usual = delay(9, **NORTHWIND), (38, 29.0)
    raised, of_group = (candidate(34, open_denials=as_usual, **stream) for stream in (NORTHWIND, IMAGING))
    assert roots(slow, raised, of_group) == {1: 0, 2: 0}
    # Twice the denials that the open claims let expect are denials, whatever payments do.
    assert roots(slow, candidate(34, open_denials=(58, 29.0), **NORTHWIND)) == {}
    assert roots(delay(90, **NORTHWIND), candidate(34, open_denials=as_usual, **NORTHWIND)) == {}
    # A cohort counts open claims only: no missing payment raises it. It may be what a raised share explains, though.
    cohort = candidate(34, open_denials=None, **COHORT, **NORTHWIND)
    assert roots(slow, cohort) == {} and roots(slow, raised, cohort) == {1: 0, 2: 0}


def test_a_day_knows_nothing_that_was_found_later() -> None:
    payer, imaging = candidate(9, **NORTHWIND), candidate(5, **IMAGING)
    assert RootCauses([payer, imaging]).roots(through=day(4)) == {}
    assert RootCauses([payer, imaging]).roots(through=day(8)) == {imaging.key: imaging.key}
    assert roots(payer, imaging) == {1: 0}


def test_only_what_is_able_explains() -> None:
    payer, imaging, coding = candidate(9, **NORTHWIND), candidate(5, **IMAGING), candidate(6, **CODING)
    assert roots(payer, imaging, coding, able={imaging.key}) == {2: 1}
    # What only moved by another's doing did so, whether or not that one still matters.
    denials, slow = candidate(9, before=0.1, after=0.4, **NORTHWIND), delay(9, payments=(25, 40.0), **NORTHWIND)
    raised = candidate(40, open_denials=(38, 29.0), **VISITS)
    assert roots(denials, slow, able={slow.key}) == {1: 0}
    assert roots(delay(9, **NORTHWIND), raised, able={raised.key}) == {1: 0}


def test_a_circle_of_causes_has_one_root() -> None:
    """A denial rate explains a delay, which raised the dollars denied, which were found before the rate."""
    rate = candidate(9, key="rate", before=0.1, after=0.4, open_denials=(58, 29.0), **NORTHWIND)
    slow = delay(9, key="slow", payments=(25, 40.0), **NORTHWIND)
    dollars = candidate(5, key="dollars", before=0.5, after=0.51, open_denials=(29, 29.0), **DOLLARS, **NORTHWIND)
    assert set(RootCauses([rate, slow, dollars]).roots().values()) == {"dollars"}


def test_candidates_are_made_of_signals(organization: Organization) -> None:
    plain = signal(organization, "Imaging", log_evidence=12.0)
    day_by_day = {"evidence_by_day": [8.3, 9.0, 8.5], "threshold": 8.0}
    followed = slow_signal(organization, parameters=day_by_day)
    better = [
        signal(organization, "Imaging", direction=Direction.BETTER, alarmed_on=on, change_date=on)
        for on in (CHANGED, plain.alarmed_on.replace(day=30), plain.alarmed_on.replace(day=27))
    ]
    # Of another stream: the payer's improvement ends nothing of its group.
    better.append(signal(organization, direction=Direction.BETTER, alarmed_on=plain.alarmed_on.replace(day=24)))
    made = candidates_of({row.pk: vars(row) for row in (plain, followed, *better)})
    assert [each.key for each in made] == [plain.pk, followed.pk]
    first, second = made
    assert first.evidence == pytest.approx((12.0 - 8.2025,), abs=1e-4) and first.open_denials == (51, 24.0)
    assert first.ended_on == plain.alarmed_on.replace(day=27) and first.payments is None
    assert second.evidence == pytest.approx((0.3, 1.0, 0.5)) and second.payments == (10, 40.0)
    assert second.ended_on is None and second.open_denials is None
