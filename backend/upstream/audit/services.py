"""Writing and verifying the chain."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from upstream.audit.models import NO_DIGEST, AuditEvent, AuditHead
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.logs import request_id


def digest_of(event: AuditEvent) -> str:
    """SHA-256 over the event's content and the digest before it, as canonical JSON."""
    content = [
        str(event.organization_id),
        event.sequence,
        event.at.isoformat(),
        str(event.actor_id),
        event.actor_kind,
        event.action,
        event.target_type,
        event.target_id,
        event.detail,
        event.request_id,
        event.previous_digest,
    ]
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def record(
    *, actor: Actor, action: str, target_type: str = "", target_id: object = "", detail: dict[str, Any] | None = None
) -> AuditEvent:
    """Append one event in the caller's transaction. `detail` holds ids, counts and names of fields, never PHI."""
    with transaction.atomic():
        heads = AuditHead.objects.for_organization(actor.organization_id)
        if connection.vendor == "postgresql":
            heads = heads.select_for_update()
        head = heads.first()
        if head is None:
            AuditHead.unscoped.bulk_create([AuditHead(organization_id=actor.organization_id)], ignore_conflicts=True)
            head = heads.get()
        event = AuditEvent(
            organization_id=actor.organization_id,
            sequence=head.sequence + 1,
            at=clock.now(),
            actor_id=actor.id,
            actor_kind=actor.kind,
            action=action,
            target_type=target_type,
            target_id=str(target_id),
            detail=detail or {},
            request_id=request_id.get(),
            previous_digest=head.digest,
        )
        event.digest = digest_of(event)
        event.save(force_insert=True)
        AuditHead.unscoped.filter(pk=head.pk).update(sequence=event.sequence, digest=event.digest)
    return event


@dataclass(frozen=True, slots=True)
class Checked:
    """A stretch of a chain that was walked: its first and last event, the last one written, a sentence for each break
    (none: nothing was edited, removed or moved).
    """

    first: int
    through: int
    last: int
    breaks: list[str]


def check(organization_id: UUID, *, first: int = 1, most: int | None = None) -> Checked:
    """Walk an organization's chain from event `first` on, at most `most` events; events may be written meanwhile.

    The event before `first` is taken as it stands, so that stretches that follow one another prove the whole.
    """
    events = AuditEvent.objects.for_organization(organization_id)
    # In this order: an event and its head are written at once, so that the head is never behind what was seen before.
    newest = events.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    head = AuditHead.objects.for_organization(organization_id).first()
    last = head.sequence if head else newest
    beginning = head.first if head else 1
    first = max(first, beginning)
    through = last if most is None else min(last, first + most - 1)
    breaks: list[str] = []
    expected = first
    previous = _digest(events, first - 1)
    if first == beginning:
        previous = head.anchor if head else NO_DIGEST
        breaks += _beginning_breaks(events, beginning, previous)
    walked = events.filter(sequence__gte=first, sequence__lte=through).order_by("sequence")
    for event in walked.iterator(chunk_size=2000):
        if event.sequence != expected:
            breaks.append(f"event {expected} is missing (next is {event.sequence})")
        if event.previous_digest != previous:
            breaks.append(f"event {event.sequence} does not follow the one before it")
        if digest_of(event) != event.digest:
            breaks.append(f"event {event.sequence} was changed")
        previous, expected = event.digest, event.sequence + 1
    if through < last:
        if expected <= through:
            breaks.append(f"event {expected} is missing (next is after {through})")
    elif head is None:
        if newest:
            breaks.append("what was written last is not known any more")
    else:
        if (last, head.digest) != (expected - 1, previous):
            breaks.append(f"the chain ends at event {expected - 1}, the last one written was {last}")
        if newest > last:
            breaks.append(f"event {newest} stands after the last one written, which was {last}")
    return Checked(first, through, last, breaks)


def _beginning_breaks(events: QuerySet[AuditEvent], beginning: int, anchor: str) -> list[str]:
    """What comes before may be gone only where the chain itself tells up to which event it was disposed of."""
    breaks = []
    if beginning > 1:
        told = {"through": beginning - 1, "digest": anchor}
        disposals = events.filter(action="audit.disposed").values_list("detail", flat=True)
        if not any(told.items() <= detail.items() for detail in disposals):
            breaks.append(f"the chain begins at event {beginning}, and no event tells of a disposal of those before")
    stray = events.filter(sequence__lt=beginning).order_by("sequence").values_list("sequence", flat=True).first()
    if stray is not None:
        breaks.append(f"event {stray} stands before the chain's beginning, which is event {beginning}")
    return breaks


@transaction.atomic
def dispose(*, actor: Actor, before: datetime, most: int) -> int:
    """Remove the first events of an organization's chain, those older than `before`, `most` of them; returns how many.

    What is left can be verified: the chain keeps the digest of the last event removed, and tells of it in an event.
    """
    heads = AuditHead.objects.for_organization(actor.organization_id)
    head = heads.select_for_update().first()
    if head is None:
        return 0
    events = AuditEvent.objects.for_organization(actor.organization_id).filter(sequence__gte=head.first)
    # Moments need not follow the order of the chain to the microsecond: it is cut before the first that is to stay.
    stays = events.filter(at__gte=before).order_by("sequence").values_list("sequence", flat=True).first()
    through = min((stays or head.sequence + 1) - 1, head.first + most - 1)
    anchor = events.filter(sequence=through).first()
    if anchor is None:
        return 0
    count = through - head.first + 1
    AuditHead.unscoped.filter(pk=head.pk).update(first=through + 1, anchor=anchor.digest)
    events.filter(sequence__lte=through).delete()
    detail = {"before": before.date().isoformat(), "through": through, "digest": anchor.digest, "events": count}
    record(actor=actor, action="audit.disposed", target_type="audit_event", detail=detail)
    return count


def _digest(events: QuerySet[AuditEvent], sequence: int) -> str | None:
    return events.filter(sequence=sequence).values_list("digest", flat=True).first()


def verify(organization_id: UUID) -> list[str]:
    """A sentence for each break of an organization's whole chain."""
    return check(organization_id).breaks
