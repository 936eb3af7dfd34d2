"""What an organization asks of detection: who may set it, within which bounds, and what follows."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.core.actor import Actor
from upstream.core.errors import ServiceError
from upstream.core.models import Job
from upstream.detection.models import DetectionSettings
from upstream.detection.settings import detection_settings, update_detection_settings


def rows(organization: Organization) -> list[tuple[int, float]]:
    settings = DetectionSettings.objects.for_organization(organization)
    return list(settings.values_list("weekly_alert_budget", "smallest_odds"))


def test_defaults_hold_until_something_is_set(organization: Organization) -> None:
    found = detection_settings(organization)
    assert (found.weekly_alert_budget, found.smallest_odds) == (3, 1.05) and rows(organization) == []


def test_what_is_given_is_set_told_and_looked_for_again(
    organization: Organization, other_organization: Organization, owner: Actor
) -> None:
    update_detection_settings(actor=owner, weekly_alert_budget=5)
    update_detection_settings(actor=owner, smallest_odds=1.204)
    assert rows(organization) == [(5, 1.2)] and rows(other_organization) == []
    events = AuditEvent.objects.for_organization(organization).filter(action="detection_settings.changed")
    assert [event.detail for event in events.order_by("sequence")] == [
        {"from": {"weekly_alert_budget": 3}, "to": {"weekly_alert_budget": 5}},
        {"from": {"smallest_odds": 1.05}, "to": {"smallest_odds": 1.2}},
    ]
    assert {event.actor_id for event in events} == {owner.user_id}
    # A run that still waits looks with what is set by then: one is enough.
    (job,) = Job.objects.for_organization(organization)
    assert (job.kind, job.parameters) == ("detection.run", {"because": "settings"})
    changes = ConfigurationChange.objects.for_organization(organization).filter(target_type="detection_settings")
    assert changes.latest("id").changes == {"smallest_odds": [1.05, 1.2]}


def test_the_same_again_does_nothing(organization: Organization, owner: Actor) -> None:
    update_detection_settings(actor=owner, weekly_alert_budget=3, smallest_odds=1.05)
    update_detection_settings(actor=owner)
    assert rows(organization) == [] and not Job.objects.for_organization(organization).exists()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("weeklyAlertBudget", {"weekly_alert_budget": 0}),
        ("weeklyAlertBudget", {"weekly_alert_budget": 51}),
        ("smallestOdds", {"smallest_odds": 0.99}),
        ("smallestOdds", {"smallest_odds": 1.51}),
        ("smallestOdds", {"smallest_odds": float("nan")}),
    ],
)
def test_values_out_of_range_are_refused_here_and_by_the_database(
    organization: Organization, owner: Actor, field: str, values: dict[str, Any]
) -> None:
    with pytest.raises(ServiceError) as refused:
        update_detection_settings(actor=owner, **values)
    assert (refused.value.code, refused.value.field) == ("INVALID", field) and rows(organization) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        DetectionSettings(organization=organization, **values).save()


@pytest.mark.parametrize("role", Role.values)
def test_owners_and_admins_set_and_everybody_who_sees_signals_reads(
    organization: Organization, graphql: Any, member: Any, role: str
) -> None:
    ask = graphql(member(Role(role)))
    answer = ask(
        "mutation { updateDetectionSettings(input: {weeklyAlertBudget: 7}) "
        "{ settings { weeklyAlertBudget smallestOdds } errors { code } } }"
    )
    may = role in {Role.OWNER, Role.ADMIN}
    done = {"settings": {"weeklyAlertBudget": 7, "smallestOdds": 1.05}, "errors": []}
    assert answer["data"]["updateDetectionSettings"] == (done if may else None)
    assert rows(organization) == ([(7, 1.05)] if may else [])
    seen = ask("{ detectionSettings { weeklyAlertBudget smallestOdds } }")["data"]["detectionSettings"]
    reads = role not in {Role.AUDITOR, Role.INTEGRATION}
    assert seen == ({"weeklyAlertBudget": 7 if may else 3, "smallestOdds": 1.05} if reads else None)
