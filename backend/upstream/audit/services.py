"""Writing and verifying the chain."""

import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from upstream.audit.models import AuditEvent, AuditHead
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
            actor_id=actor.user_id or actor.service_key_id or actor.webhook_id,
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


def verify(organization_id: UUID) -> list[str]:
    """Walk an organization's chain; returns a sentence for each break (empty: nothing was edited, removed or moved)."""
    breaks: list[str] = []
    previous, expected = "0" * 64, 1
    for event in AuditEvent.objects.for_organization(organization_id).order_by("sequence").iterator(chunk_size=2000):
        if event.sequence != expected:
            breaks.append(f"event {expected} is missing (next is {event.sequence})")
        if event.previous_digest != previous:
            breaks.append(f"event {event.sequence} does not follow the one before it")
        if digest_of(event) != event.digest:
            breaks.append(f"event {event.sequence} was changed")
        previous, expected = event.digest, event.sequence + 1
    head = AuditHead.objects.for_organization(organization_id).first()
    if head is not None and (head.sequence, head.digest) != (expected - 1, previous):
        breaks.append(f"the chain ends at event {expected - 1}, the last one written was {head.sequence}")
    return breaks
