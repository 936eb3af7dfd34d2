"""Which signals become alerts, what explains what, and their order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from alerts.made_signals import CHANGED, THROUGH, delay, signal

from upstream.accounts.models import Organization
from upstream.alerts.ranking import deserves_alert, explanations, rank_score
from upstream.detection.models import Direction

LONG_AGO = date(2023, 9, 1)
RECENT = THROUGH - timedelta(days=60)


@pytest.mark.parametrize(
    ("values", "deserved"),
    [
        ({}, True),
        ({"direction": Direction.BETTER}, False),
        ({"found": False}, False),
        ({"change_date": LONG_AGO}, True),
        ({"change_date": LONG_AGO, "in_force": False}, False),
        ({"alarmed_on": RECENT, "in_force": False}, True),
        ({"alarmed_on": RECENT - timedelta(days=1), "in_force": False}, False),
        ({"in_force": False, "parameters": {"reversed_on": "2024-06-10"}}, False),
    ],
)
def test_alerts_are_for_what_is_worse_and_still_matters(
    organization: Organization, values: dict[str, Any], deserved: bool
) -> None:
    assert deserves_alert(signal(organization, **values)) is deserved


def test_a_payer_explains_its_groups_of_the_same_kind_and_time(organization: Organization) -> None:
    root = signal(organization)
    part = signal(organization, "Imaging", change_date=CHANGED + timedelta(days=12))
    later = signal(organization, "Visits", change_date=CHANGED + timedelta(days=25))
    better = signal(organization, "Labs", direction=Direction.BETTER)
    elsewhere = signal(organization, "Imaging", of="Meridian Health Plan")
    slow = delay(organization, "Imaging")
    found = explanations([root, part, later, better, elsewhere, slow], set())
    assert found == {part: root}


def test_what_gets_no_alert_explains_nothing_unless_it_has_one(organization: Organization) -> None:
    over = signal(organization, change_date=LONG_AGO, in_force=False)
    part = signal(organization, "Imaging", change_date=LONG_AGO)
    assert explanations([over, part], set()) == {}
    assert explanations([over, part], {over.pk}) == {part: over}


def test_denials_explain_the_payments_they_leave_out(organization: Organization) -> None:
    denials = signal(organization, before=0.1, after=0.4)
    # Two thirds of the payments are left to be expected: 40 x 0.6 / 0.9 = 26.7.
    as_left = delay(organization, parameters={"events_after": 25, "expected_after": 40.0})
    fewer = delay(organization, parameters={"events_after": 20, "expected_after": 40.0})
    of_group = delay(organization, "Imaging", parameters={"events_after": 25, "expected_after": 40.0})
    assert explanations([denials, as_left, of_group], set()) == {as_left: denials, of_group: denials}
    assert explanations([denials, fewer], set()) == {}


def test_a_delay_explains_a_share_of_denials_that_only_missing_payments_raised(organization: Organization) -> None:
    slow = delay(organization)
    later = CHANGED + timedelta(days=25)
    as_usual = {"denials_of_open_claims": 38, "expected_of_open_claims": 29.0}
    raised = signal(organization, change_date=later, parameters=as_usual)
    of_group = signal(organization, "Imaging", change_date=later, parameters=as_usual)
    assert explanations([slow, raised, of_group], set()) == {raised: slow, of_group: slow}
    # Twice the denials that the open claims let expect are denials, whatever payments do.
    real = signal(organization, change_date=later, parameters={"denials_of_open_claims": 58})
    assert explanations([slow, real], set()) == {}
    before = signal(organization, change_date=CHANGED - timedelta(days=60), parameters=as_usual)
    assert explanations([slow, before], set()) == {}


def test_rank_is_money_by_certainty(organization: Organization) -> None:
    # 27 claims over 46 days are 4.1 a week.
    made = signal(organization)
    claims = 27 / (((THROUGH - CHANGED).days + 1) / 7)
    assert rank_score(made, real=0, noise=0) == pytest.approx(0.99 * (1000 + claims), abs=1e-3)
    surer = signal(organization, certainty=1.0)
    richer = signal(organization, dollars_per_week=Decimal("5000"))
    without_amounts = signal(organization, dollars_per_week=Decimal(0))
    ended = signal(organization, in_force=False)
    scores = [rank_score(s, real=0, noise=0) for s in (richer, surer, made, ended, without_amounts)]
    assert scores == sorted(scores, reverse=True) and scores[-1] > 0
    assert scores[3] == pytest.approx(scores[2] / 10, rel=1e-3)


def test_a_payer_that_cried_wolf_sinks_and_rises_with_what_was_real(organization: Organization) -> None:
    made = signal(organization)
    plain, noisy, mixed, real = (rank_score(made, real=r, noise=n) for r, n in ((0, 0), (0, 2), (4, 2), (6, 0)))
    assert noisy == pytest.approx(plain / 2, rel=1e-3)
    assert noisy < mixed < plain == real
