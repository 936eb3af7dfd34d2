"""The calendar of what a practice knew of: contract letters, new rules, its own systems, holidays.

An event annotates the changes that fall into its days. It silences none: that a change was announced makes it no
cheaper, and an announced change may still be larger than what was announced.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from upstream.accounts.models import Organization
from upstream.audit import services as audit
from upstream.claims.models import Payer, ServiceGroup
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.detection.models import KnownEvent, KnownEventKind, Signal
from upstream.graph.permissions import Permission

# An event's effect may show a few days off its date, and a change is dated to a few days only.
SLACK = timedelta(days=7)
LONGEST_TITLE = 120
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class EventValues:
    """What people say of an event. payer_id, service_group_id None: all of them. last_day None: one day."""

    kind: str
    title: str
    first_day: date
    last_day: date | None = None
    payer_id: UUID | None = None
    service_group_id: UUID | None = None
    note: str = ""


def known_events(organization: Organization | UUID) -> QuerySet[KnownEvent]:
    """The organization's events with payer and service group, the latest first."""
    events = KnownEvent.objects.for_organization(organization).select_related("payer", "service_group")
    return events.order_by("-first_day", "-id")


def events_of(signal: Signal, events: Iterable[KnownEvent]) -> list[KnownEvent]:
    """Those of `events` that a signal's change may have to do with, in their order.

    An event of one service group concerns that group and, since a payer's figures hold its groups', whatever of the
    payer is not bound to another one.
    """
    first, last = signal.change_date_low - SLACK, signal.change_date_high + SLACK
    return [
        event
        for event in events
        if event.payer_id in (None, signal.payer_id)
        and (signal.service_group_id is None or event.service_group_id in (None, signal.service_group_id))
        and event.first_day <= last
        and (event.last_day or event.first_day) >= first
    ]


@transaction.atomic
def create_known_event(*, actor: Actor, values: EventValues) -> KnownEvent:
    """Add an event. Raises FORBIDDEN, INVALID, NOT_FOUND for a payer or service group the organization has not."""
    actor.require(Permission.KNOWN_EVENTS_WRITE)
    event = KnownEvent(organization_id=actor.organization_id, **_checked(actor, values))
    event.save(force_insert=True)
    _record(actor, "known_event.created", event)
    return event


@transaction.atomic
def update_known_event(*, actor: Actor, event_id: UUID, values: EventValues) -> KnownEvent:
    """Give an event these values, all of them; raises as `create_known_event`, and NOT_FOUND for an unknown event."""
    actor.require(Permission.KNOWN_EVENTS_WRITE)
    event = _event(actor, event_id)
    checked = _checked(actor, values)
    changed = sorted(name for name, value in checked.items() if getattr(event, name) != value)
    if changed:
        for name in changed:
            setattr(event, name, checked[name])
        event.save()
        _record(actor, "known_event.changed", event, {"fields": changed})
    return event


@transaction.atomic
def delete_known_event(*, actor: Actor, event_id: UUID) -> KnownEvent:
    """Take an event away; returns it as it was, from which it can be created again. Raises FORBIDDEN, NOT_FOUND."""
    actor.require(Permission.KNOWN_EVENTS_WRITE)
    event = _event(actor, event_id)
    KnownEvent.objects.for_organization(actor.organization_id).get(pk=event.pk).delete()
    _record(actor, "known_event.deleted", event)
    return event


def _record(actor: Actor, action: str, event: KnownEvent, detail: dict[str, Any] | None = None) -> None:
    audit.record(actor=actor, action=action, target_type="known_event", target_id=event.pk, detail=detail)


def _event(actor: Actor, event_id: UUID) -> KnownEvent:
    event: KnownEvent | None = known_events(actor.organization_id).filter(pk=event_id).first()
    if event is None:
        raise not_found("event")
    return event


def _checked(actor: Actor, values: EventValues) -> dict[str, Any]:
    """Values of the row's fields, as they may be written."""
    title, note = " ".join(values.title.split()), values.note.strip()
    if values.kind not in KnownEventKind.values:
        raise ServiceError(ErrorCode.INVALID, f"The kind is one of {', '.join(KnownEventKind.values)}.", field="kind")
    if not title:
        raise ServiceError(ErrorCode.REQUIRED, "Give the event a title.", field="title")
    if len(title) > LONGEST_TITLE:
        raise ServiceError(ErrorCode.INVALID, f"A title holds up to {LONGEST_TITLE} characters.", field="title")
    if len(note) > LONGEST_NOTE:
        raise ServiceError(ErrorCode.INVALID, f"A note holds up to {LONGEST_NOTE:,} characters.", field="note")
    if values.last_day is not None and values.last_day < values.first_day:
        raise ServiceError(ErrorCode.INVALID, "The last day lies before the first.", field="lastDay")
    for model, row_id, what, field in (
        (Payer, values.payer_id, "payer", "payerId"),
        (ServiceGroup, values.service_group_id, "service group", "serviceGroupId"),
    ):
        if row_id and not model.objects.for_organization(actor.organization_id).filter(pk=row_id).exists():
            raise not_found(what, field=field)
    # One day is one day, however it was said.
    last_day = None if values.last_day == values.first_day else values.last_day
    return asdict(values) | {"title": title, "note": note, "last_day": last_day}
