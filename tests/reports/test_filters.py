"""Filters: kept as JSON, used by selectors, said in words."""

import json
from datetime import date
from typing import Any

import pytest

from upstream.alerts.selectors import AlertFilter
from upstream.claims.selectors import ClaimFilter
from upstream.core.actor import Actor
from upstream.reports import filters

pytestmark = pytest.mark.django_db


def everything(scene: Any) -> ClaimFilter:
    return ClaimFilter(
        payer_id=scene.payer.pk,
        service_group_id=scene.group.pk,
        outcome=("DENIED", "PARTIAL"),
        denial_category="coding",
        denial_code="197",
        procedure_code="97110",
        submitted_from=date(2026, 1, 1),
        submitted_to=date(2026, 4, 1),
        decided_from=date(2026, 2, 1),
        decided_to=date(2026, 5, 1),
        control_number="RVS-1",
    )


def test_a_filter_survives_being_kept(scene: Any) -> None:
    wanted = everything(scene)
    kept = json.loads(json.dumps(filters.keep_claim_filter(scene.organization.pk, wanted)))
    assert filters.claim_filter(kept) == wanted


def test_an_alert_filter_survives_being_kept(scene: Any, care_team: Actor) -> None:
    wanted = AlertFilter(
        state=("OPEN", "SNOOZED"),
        payer_id=scene.payer.pk,
        kind="DENIAL_RATE",  # type: ignore[arg-type]
        verdict="REAL",
        assignee_id=care_team.user_id,
        search="therapy",
    )
    kept = json.loads(json.dumps(filters.keep_alert_filter(scene.organization.pk, wanted)))
    assert filters.alert_filter(kept) == wanted
    assert filters.in_words(scene.organization.pk, kept) == [
        "payer: Northwind Health Plan",
        "state: open or snoozed",
        "kind: denial rate",
        "judged: real",
        "assignee: Care Team Person",
        "search: therapy",
    ]


def test_nothing_asked_for_keeps_nothing(scene: Any) -> None:
    for given in (None, {}, ClaimFilter(), {"denial_code": "", "outcome": ()}):
        assert filters.keep_claim_filter(scene.organization.pk, given) == {}


def test_every_filter_has_words(scene: Any) -> None:
    kept = filters.keep_claim_filter(scene.organization.pk, everything(scene))
    assert filters.in_words(scene.organization.pk, kept) == [
        "payer: Northwind Health Plan",
        f"service group: {scene.group.name}",
        "outcome: denied or partial",
        "reason of denial: Coding",
        "denial code: 197",
        "procedure: 97110",
        "submitted from: 1 January 2026",
        "submitted to: 1 April 2026",
        "decided from: 1 February 2026",
        "decided to: 1 May 2026",
        "claim number: RVS-1",
    ]


def test_what_is_gone_since_is_said_to_be_gone(scene: Any) -> None:
    kept = filters.keep_claim_filter(scene.organization.pk, {"signal_id": scene.signal.pk})
    scene.alert.delete()
    scene.signal.delete()
    assert filters.in_words(scene.organization.pk, kept) == ["signal: no longer here"]
