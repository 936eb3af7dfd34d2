"""What an organization asks of detection: how many alerts a week, and which changes are too small to matter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.audit import services as audit
from upstream.core import jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.detection.models import DetectionSettings
from upstream.graph.permissions import Permission

# Carried out by the alerts room, which knows what follows from a run.
DETECTION_JOB = "detection.run"
BUDGET_RANGE = (1, 50)
ODDS_RANGE = (1.0, 1.5)


def detection_settings(organization: Organization | UUID) -> DetectionSettings:
    """The organization's settings; the defaults, unsaved, while it has none of its own."""
    organization_id = organization if isinstance(organization, UUID) else organization.pk
    own: DetectionSettings | None = DetectionSettings.objects.for_organization(organization_id).first()
    return own or DetectionSettings(organization_id=organization_id)


def checked_budget(weekly_alert_budget: int) -> int:
    """Alerts a week as they may be set; raises INVALID for others than 1 to 50."""
    if not BUDGET_RANGE[0] <= weekly_alert_budget <= BUDGET_RANGE[1]:
        raise ServiceError(ErrorCode.INVALID, "Choose 1 to 50 alerts a week.", field="weeklyAlertBudget")
    return weekly_alert_budget


def checked_odds(smallest_odds: float) -> float:
    """An odds ratio as it may be set, to two places; raises INVALID for others than 1.00 to 1.50."""
    # Not a comparison of two, so that a NaN is refused as well.
    if not ODDS_RANGE[0] <= smallest_odds <= ODDS_RANGE[1]:
        raise ServiceError(ErrorCode.INVALID, "Choose an odds ratio of 1.00 to 1.50.", field="smallestOdds")
    return round(smallest_odds, 2)


def update_detection_settings(
    *, actor: Actor, weekly_alert_budget: int | None = None, smallest_odds: float | None = None
) -> DetectionSettings:
    """Set what is given, leave the rest, and ask for a run that looks with it; the same values again do nothing.

    Raises FORBIDDEN, INVALID for values out of range.
    """
    actor.require(Permission.DETECTION_WRITE)
    wanted: dict[str, Any] = {}
    if weekly_alert_budget is not None:
        wanted["weekly_alert_budget"] = checked_budget(weekly_alert_budget)
    if smallest_odds is not None:
        wanted["smallest_odds"] = checked_odds(smallest_odds)
    with transaction.atomic():
        # Two people who set something for the first time must not both add a row.
        Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
        settings = detection_settings(actor.organization_id)
        changed = {name: value for name, value in wanted.items() if getattr(settings, name) != value}
        if not changed:
            return settings
        before = {name: getattr(settings, name) for name in changed}
        for name, value in changed.items():
            setattr(settings, name, value)
        settings.save()
        audit.record(
            actor=actor,
            action="detection_settings.changed",
            target_type="detection_settings",
            target_id=settings.pk,
            detail={"from": before, "to": changed},
        )
        jobs.enqueue_unless_waiting(
            organization_id=actor.organization_id,
            kind=DETECTION_JOB,
            parameters={"because": "settings"},
            created_by_id=actor.user_id,
        )
    return settings
