"""Writing and verifying the chain."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from upstream.audit.models import NO_DIGEST, AuditEvent, AuditHead
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.ids import uuid7
from upstream.core.logs import request_id

# What a digest is made over, between the organization with the sequence and the digest before.
_CONTENT = ("at", "actor_id", "actor_kind", "action", "target_type", "target_id", "detail", "request_id")


def digest_of(event: AuditEvent) -> str:
    """SHA-256 over the event's content and the digest before it, as canonical JSON."""
    content = _content(*(getattr(event, name) for name in _CONTENT))
    return _digest(str(event.organization_id), event.sequence, content, event.previous_digest)


def _content(at: datetime, actor_id: UUID | None, *others: Any) -> bytes:
    """The values of `_CONTENT` as a list in JSON, keys of the detail in their order."""
    return orjson.dumps([at, str(actor_id), *others], option=orjson.OPT_SORT_KEYS)


def _digest(organization_id: str, sequence: int, content: bytes, previous: str) -> str:
    linked = b'["%b",%d,%b,"%b"]' % (organization_id.encode(), sequence, content[1:-1], previous.encode())
    return sha256(linked).hexdigest()


def record(
    *, actor: Actor, action: str, target_type: str = "", target_id: object = "", detail: dict[str, Any] | None = None
) -> None:
    """Append one event in the caller's transaction. `detail` holds ids, counts and names of fields, never PHI."""
    values = (
        clock.now(), actor.id, actor.kind, action, target_type, str(target_id), detail or {}, request_id.get()
    )  # fmt: skip
    append = _append_on_postgresql if connection.vendor == "postgresql" else _append
    if not append(actor.organization_id, values):
        AuditHead.unscoped.bulk_create([AuditHead(organization_id=actor.organization_id)], ignore_conflicts=True)
        append(actor.organization_id, values)


def _append_on_postgresql(organization_id: UUID, values: tuple[Any, ...]) -> bool:
    """Whether there was a head to append to; the function is in a migration."""
    content = _content(*values).decode()
    appended = connection.call("upstream_append_event", str(uuid7()), str(organization_id), content)  # type: ignore[attr-defined]
    return bool(appended == "t")


@transaction.atomic
def _append(organization_id: UUID, values: tuple[Any, ...]) -> bool:
    """The same on SQLite, where one transaction writes at a time."""
    head = AuditHead.objects.for_organization(organization_id).first()
    if head is None:
        return False
    event = AuditEvent(
        organization_id=organization_id,
        sequence=head.sequence + 1,
        previous_digest=head.digest,
        **dict(zip(_CONTENT, values, strict=True)),
    )
    event.digest = digest_of(event)
    event.save(force_insert=True)
    AuditHead.unscoped.filter(pk=head.pk).update(sequence=event.sequence, digest=event.digest)
    return True


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
    previous = _digest_at(events, first - 1)
    if first == beginning:
        previous = head.anchor if head else NO_DIGEST
        breaks += _beginning_breaks(events, beginning, previous)
    walked = events.filter(sequence__gte=first, sequence__lte=through).order_by("sequence")
    of = str(organization_id)
    # The detail as text: Django's own way to read JSON takes as long as all the rest.
    text = walked.annotate(text=Cast("detail", TextField()))
    rows = text.values_list("sequence", "previous_digest", "digest", *_CONTENT[:-2], "text", "request_id")
    for sequence, before, digest, *values, detail, request in rows.iterator(chunk_size=2000):
        if sequence != expected:
            breaks.append(f"event {expected} is missing (next is {sequence})")
        if before != previous:
            breaks.append(f"event {sequence} does not follow the one before it")
        if _digest(of, sequence, _content(*values, orjson.loads(detail), request), before) != digest:
            breaks.append(f"event {sequence} was changed")
        previous, expected = digest, sequence + 1
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


def _digest_at(events: QuerySet[AuditEvent], sequence: int) -> str | None:
    return events.filter(sequence=sequence).values_list("digest", flat=True).first()


def verify(organization_id: UUID) -> list[str]:
    """A sentence for each break of an organization's whole chain."""
    return check(organization_id).breaks
