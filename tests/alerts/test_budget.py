"""The weekly budget at work in the refresh: what waits, what takes its place later, a run a day and one over a year."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from alerts.made_signals import THROUGH, detection_run, signal

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.alerts import services
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, AlertState, WaitingSignal
from upstream.alerts.selectors import waiting_signals
from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.detection.models import DetectionRun, Direction, Signal, SignalKind, StreamLevel
from upstream.detection.settings import update_detection_settings

LATELY = THROUGH - timedelta(days=2)


@pytest.fixture
def budget(organization: Organization, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda alerts: update_detection_settings(actor=owner, weekly_alert_budget=alerts) and None


def refresh(organization: Organization, through: date = THROUGH, streams: int = 10) -> list[Alert]:
    run = detection_run(organization, through)
    DetectionRun.unscoped.filter(pk=run.pk).update(streams_watched=streams)
    run.refresh_from_db()
    return services.refresh_alerts(organization_id=organization.pk, run=run)


def found(organization: Organization, of: str, on: date = LATELY, group: str = "", **values: Any) -> Signal:
    """A signal of a payer that alarmed on `on`, five days after its change."""
    changed = on - timedelta(days=5)
    return signal(organization, group, of=of, change_date=changed, alarmed_on=on, **values)


def told(organization: Organization) -> dict[Signal, date]:
    alerts = Alert.objects.for_organization(organization).exclude(state=AlertState.RESOLVED)
    return {alert.signal: alert.opened_on for alert in alerts}


def test_what_finds_no_place_waits_and_is_listed(organization: Organization, budget: Callable[[int], None]) -> None:
    budget(2)
    small, large, middle = (
        found(organization, f"Payer {evidence}", log_evidence=evidence) for evidence in (9.0, 11.0, 10.0)
    )
    found(organization, "Better", direction=Direction.BETTER)
    assert {alert.signal for alert in refresh(organization)} == {large, middle}
    assert list(waiting_signals(organization)) == [small]
    event = AuditEvent.objects.for_organization(organization).get(action="alerts.refreshed")
    assert event.detail == {"opened": 2, "waiting": 1}
    # A week later there is a place.
    assert refresh(organization, THROUGH + timedelta(days=4)) == []
    (opened,) = refresh(organization, THROUGH + timedelta(days=5))
    assert (opened.signal, opened.opened_on) == (small, LATELY + timedelta(days=7))
    assert not waiting_signals(organization).exists()


def test_a_larger_budget_opens_what_waits(organization: Organization, budget: Callable[[int], None]) -> None:
    budget(1)
    for number in range(4):
        found(organization, f"Payer {number}")
    assert len(refresh(organization)) == 1 and waiting_signals(organization).count() == 3
    budget(3)
    assert len(refresh(organization)) == 2 and waiting_signals(organization).count() == 1
    # A smaller one takes none away.
    budget(1)
    assert refresh(organization) == [] and len(told(organization)) == 3


def test_what_waits_and_is_over_waits_no_longer(organization: Organization, budget: Callable[[int], None]) -> None:
    budget(1)
    found(organization, "First", log_evidence=20.0)
    second, third = found(organization, "Second"), found(organization, "Third")
    refresh(organization)
    assert set(waiting_signals(organization)) == {second, third}
    found(organization, "Second", LATELY + timedelta(days=1), direction=Direction.BETTER)
    Signal.unscoped.filter(pk=second.pk).update(
        in_force=False, parameters=second.parameters | {"reversed_on": "2024-06-20"}
    )
    Signal.unscoped.filter(pk=third.pk).update(found=False)
    refresh(organization)
    assert not WaitingSignal.objects.for_organization(organization).exists()


def test_many_streams_make_thin_evidence_wait(organization: Organization) -> None:
    thin = found(organization, "Thin", log_evidence=9.0)
    sure = found(organization, "Sure", log_evidence=12.0)
    assert [alert.signal for alert in refresh(organization, streams=3000)] == [sure]
    assert list(waiting_signals(organization)) == [thin]
    Signal.unscoped.filter(pk=thin.pk).update(log_evidence=11.0)
    (opened,) = refresh(organization, streams=3000)
    assert opened.signal == thin


def test_a_change_found_in_several_figures_is_one_alert(organization: Organization) -> None:
    kinds = (SignalKind.DENIAL_RATE, SignalKind.DENIAL_COHORT, SignalKind.DENIAL_DOLLARS)
    rate, cohort, dollars = (
        found(organization, "Northwind", LATELY - timedelta(days=2 - late), kind=kind)
        for late, kind in enumerate(kinds)
    )
    category = found(organization, "Northwind", level=StreamLevel.PAYER_DENIAL_CATEGORY, denial_category="coding")
    location = found(organization, "Northwind", level=StreamLevel.PAYER_LOCATION, location="Downtown")
    (opened,) = refresh(organization)
    related = AlertSignal.objects.for_organization(organization).filter(alert=opened)
    assert opened.signal == rate and {row.signal for row in related} == {cohort, dollars, category, location}


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (
            {"level": StreamLevel.PAYER_LOCATION, "location": "Downtown"},
            "It shows across the payer, not in a part of it only",
        ),
        ({"kind": SignalKind.DENIAL_DOLLARS, "level": StreamLevel.PAYER}, None),
    ],
)
def test_a_parts_alert_grows_into_the_payers_and_another_figures_stays(
    organization: Organization, part: dict[str, Any], said: str | None
) -> None:
    first = found(organization, "Northwind", LATELY - timedelta(days=4), **part)
    (opened,) = refresh(organization, LATELY - timedelta(days=4))
    payers = found(organization, "Northwind")
    assert refresh(organization) == []
    opened.refresh_from_db()
    widened = (
        AlertActivity.objects.for_organization(organization).filter(action="WIDENED").values_list("detail", flat=True)
    )
    assert list(widened) == ([said] if said else [])
    assert opened.signal == (payers if said else first)
    assert opened.opened_on == LATELY - timedelta(days=4)


# Payer, service group, day of the alarm: in some weeks more than the budget, of payers and of parts of them.
START = THROUGH - timedelta(days=58)
HISTORY = [
    ("Northwind", "", 0), ("Meridian", "Imaging", 0), ("Meridian", "Visits", 1), ("Harbor", "", 1),
    ("Meridian", "", 4), ("Summit", "", 4), ("Lakeside", "Labs", 5), ("Northwind", "Imaging", 6),
    ("Cedar", "", 20), ("Cedar", "Visits", 21), ("Juniper", "", 22), ("Willow", "", 22), ("Aspen", "", 23),
    ("Lakeside", "", 40), ("Summit", "Visits", 41), ("Maple", "", 50), ("Birch", "Imaging", 51),
]  # fmt: skip


def happen(organization: Organization, first: int, last: int) -> None:
    for number, (of, group, after) in enumerate(HISTORY):
        if first <= after <= last:
            evidence = 9.0 + number * 7 % 5
            found(organization, of, START + timedelta(days=after), group, log_evidence=evidence)


@pytest.mark.parametrize(("alerts", "streams"), [(1, 10), (2, 10), (3, 10), (3, 1500)])
def test_a_run_each_day_and_one_over_the_history_open_the_same_alerts(
    organization: Organization, other_organization: Organization, member: Callable, alerts: int, streams: int
) -> None:
    for home in (organization, other_organization):
        update_detection_settings(actor=member(Role.OWNER, home), weekly_alert_budget=alerts)
    happen(organization, 0, 58)
    refresh(organization, streams=streams)
    for day in range(59):
        happen(other_organization, day, day)
        refresh(other_organization, START + timedelta(days=day), streams)

    def named(home: Organization) -> tuple[dict[Any, date], set[Any]]:
        def name(row: Signal) -> tuple[str, str]:
            return (row.payer.name, row.service_group.name if row.service_group else "")

        return {name(row): on for row, on in told(home).items()}, {name(row) for row in waiting_signals(home)}

    at_once, daily = named(organization), named(other_organization)
    assert at_once == daily
    assert len(at_once[0]) >= 7 and (alerts > 1 or at_once[1])
