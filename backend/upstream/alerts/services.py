"""Alerts: what people decide about them.

Every change locks the alert, writes an activity row for its page and an audit event, all in one transaction; asking for
what is already so changes nothing and writes nothing. A resolved alert is neither acknowledged nor snoozed: it has to
be reopened first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Membership
from upstream.alerts import words
from upstream.alerts.models import Alert, AlertActivity, AlertState, Judgement, Verdict
from upstream.alerts.refresh import refresh_alerts
from upstream.audit import services as audit
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import Job
from upstream.core.money import CENT
from upstream.detection.settings import DETECTION_JOB
from upstream.graph.permissions import Permission

__all__ = [
    "DETECTION_JOB",
    "acknowledge",
    "assign",
    "judge",
    "refresh_alerts",
    "reopen",
    "request_detection",
    "resolve",
    "snooze",
    "unassign_all",
    "wake_snoozed",
]

LONGEST_SNOOZE = timedelta(days=366)
LONGEST_NOTE = 5000
LARGEST_AMOUNT = Decimal("999999999999.99")
VERDICT_WORDS = {Verdict.REAL: "Real", Verdict.NOISE: "Noise", Verdict.FOLLOW_UP: "Follow-up"}


def acknowledge(*, actor: Actor, alert_id: UUID) -> Alert:
    """Somebody has seen it. Raises CONFLICT for a resolved alert."""

    def change(alert: Alert) -> str | None:
        if alert.state == AlertState.ACKNOWLEDGED:
            return None
        alert.state, alert.acknowledged_at, alert.snoozed_until = AlertState.ACKNOWLEDGED, clock.now(), None
        return ""

    return _change(actor, alert_id, "ACKNOWLEDGED", change, resolved_too=False)


def snooze(*, actor: Actor, alert_id: UUID, until: date) -> Alert:
    """Out of the inbox until the morning of `until`, at most a year ahead. Raises INVALID, CONFLICT when resolved."""

    def change(alert: Alert) -> str | None:
        today = clock.today()
        if not today < until <= today + LONGEST_SNOOZE:
            raise ServiceError(ErrorCode.INVALID, "Choose a day after today and within a year.", field="until")
        if alert.state == AlertState.SNOOZED and alert.snoozed_until == until:
            return None
        alert.state, alert.snoozed_until = AlertState.SNOOZED, until
        return f"Until {words.full_day(until)}"

    return _change(actor, alert_id, "SNOOZED", change, resolved_too=False)


def resolve(*, actor: Actor, alert_id: UUID) -> Alert:
    """Done with it."""

    def change(alert: Alert) -> str | None:
        if alert.state == AlertState.RESOLVED:
            return None
        alert.state, alert.resolved_at, alert.snoozed_until = AlertState.RESOLVED, clock.now(), None
        return ""

    return _change(actor, alert_id, "RESOLVED", change)


def reopen(*, actor: Actor, alert_id: UUID) -> Alert:
    """Back to open from whatever state."""

    def change(alert: Alert) -> str | None:
        if alert.state == AlertState.OPEN:
            return None
        alert.state = AlertState.OPEN
        alert.acknowledged_at = alert.snoozed_until = alert.resolved_at = None
        return ""

    return _change(actor, alert_id, "REOPENED", change)


def assign(*, actor: Actor, alert_id: UUID, assignee_id: UUID | None) -> Alert:
    """To a member of the organization, or to nobody. Raises NOT_FOUND for anybody else."""

    def change(alert: Alert) -> str | None:
        if alert.assignee_id == assignee_id:
            return None
        alert.assignee_id = assignee_id
        if assignee_id is None:
            return "To nobody"
        members = Membership.objects.for_organization(actor.organization_id).filter(user__is_active=True)
        name = members.filter(user_id=assignee_id).values_list("user__name", flat=True).first()
        if name is None:
            raise not_found("member", field="assigneeId")
        return f"To {name}"

    return _change(actor, alert_id, "ASSIGNED", change)


def unassign_all(actor: Actor, member: Membership) -> None:
    """Alerts of somebody who leaves the organization are nobody's, resolved ones too; each says why."""

    def change(alert: Alert) -> str:
        alert.assignee_id = None
        return f"To nobody: {member.user.name} is no member any more"

    own = Alert.objects.for_organization(actor.organization_id).filter(assignee_id=member.user_id)
    for alert_id in own.values_list("pk", flat=True):
        _change(actor, alert_id, "ASSIGNED", change)


def judge(
    *, actor: Actor, alert_id: UUID, verdict: str, note: str = "", recovered_amount: Decimal | None = None
) -> Alert:
    """What it turned out to be, in words and dollars got back. Every judgement is kept; the latest counts.

    Raises INVALID for an unknown verdict, a note beyond 5,000 characters, an amount below zero or with parts of a cent.
    """

    def change(alert: Alert) -> str | None:
        text, amount = note.strip(), _checked_amount(recovered_amount)
        if verdict not in Verdict.values:
            raise ServiceError(
                ErrorCode.INVALID, f"The verdict is one of {', '.join(Verdict.values)}.", field="verdict"
            )
        if len(text) > LONGEST_NOTE:
            raise ServiceError(ErrorCode.INVALID, f"A note holds up to {LONGEST_NOTE:,} characters.", field="note")
        latest = Judgement.objects.for_organization(actor.organization_id).filter(alert=alert)
        last = latest.order_by("-judged_at", "-id").first()
        said = (actor.user_id, verdict, text, amount)
        if last is not None and (last.judged_by_id, last.verdict, last.note, last.recovered_amount) == said:
            return None
        Judgement(
            organization_id=actor.organization_id,
            alert=alert,
            verdict=verdict,
            note=text,
            recovered_amount=amount,
            judged_by_id=actor.user_id,
        ).save(force_insert=True)
        return VERDICT_WORDS[Verdict(verdict)] + (f", ${amount:,.2f} recovered" if amount is not None else "")

    return _change(actor, alert_id, "JUDGED", change, detail={"verdict": verdict}, field="alertId")


def _checked_amount(amount: Decimal | None) -> Decimal | None:
    if amount is None:
        return None
    if not amount.is_finite() or not 0 <= amount <= LARGEST_AMOUNT or amount != amount.quantize(CENT):
        raise ServiceError(
            ErrorCode.INVALID,
            "The amount recovered is zero or more, in dollars and whole cents.",
            field="recoveredAmount",
        )
    return amount.quantize(CENT)


def _change(
    actor: Actor,
    alert_id: UUID,
    action: str,
    change: Callable[[Alert], str | None],
    *,
    resolved_too: bool = True,
    detail: dict[str, Any] | None = None,
    field: str = "id",
) -> Alert:
    """Apply `change` to the locked alert; what it returns becomes the activity's detail, None means nothing to do."""
    actor.require(Permission.ALERTS_WRITE)
    with transaction.atomic():
        alerts = Alert.objects.for_organization(actor.organization_id).select_for_update()
        alert: Alert | None = alerts.filter(pk=alert_id).first()
        if alert is None:
            raise not_found("alert", field=field)
        before = alert.state
        if before == AlertState.RESOLVED and not resolved_too:
            raise ServiceError(ErrorCode.CONFLICT, "This alert is resolved. Reopen it first.", field=field)
        said = change(alert)
        if said is None:
            return alert
        alert.save()
        AlertActivity(
            organization_id=actor.organization_id, alert=alert, action=action, detail=said, by_id=actor.user_id
        ).save(force_insert=True)
        told = {"from": before, "to": alert.state} if before != alert.state else {}
        audit.record(
            actor=actor,
            action=f"alert.{action.lower()}",
            target_type="alert",
            target_id=alert.pk,
            detail=told | (detail or {}),
        )
    return alert


def wake_snoozed() -> int:
    """Open the alerts of every organization whose snooze has run out; returns how many."""
    with transaction.atomic():
        due = list(
            Alert.unscoped.select_for_update(skip_locked=True).filter(
                state=AlertState.SNOOZED, snoozed_until__lte=clock.today()
            )
        )
        for alert in due:
            alert.state, alert.snoozed_until, alert.acknowledged_at, alert.updated_at = (
                AlertState.OPEN,
                None,
                None,
                clock.now(),
            )
        Alert.unscoped.bulk_update(due, ["state", "snoozed_until", "acknowledged_at", "updated_at"], batch_size=500)
        AlertActivity.unscoped.bulk_create(
            AlertActivity(
                organization_id=alert.organization_id, alert=alert, action="REOPENED", detail="The snooze ran out"
            )
            for alert in due
        )
    return len(due)


def request_detection(*, actor: Actor) -> Job:
    """Look for changes now; a run that is still waiting to start is returned instead of a second one."""
    actor.require(Permission.DETECTION_RUN)
    with transaction.atomic():
        job = jobs.enqueue_unless_waiting(
            organization_id=actor.organization_id,
            kind=DETECTION_JOB,
            parameters={"because": "request"},
            created_by_id=actor.user_id,
        )
        audit.record(actor=actor, action="detection.requested", target_type="job", target_id=job.pk)
    return job
