"""Mappings that are remembered: found again by a file's header, confirmed, forgotten, and restored."""

import json
from typing import cast
from uuid import UUID

from django.db import transaction

from upstream.audit import services as audit
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import not_found
from upstream.graph.permissions import Permission
from upstream.intake.amounts import DecimalMark
from upstream.intake.csv_header import Header, TableMapping, header_digests
from upstream.intake.models import SourceMapping
from upstream.intake.without_patients import keeps_patients


def remembered(organization_id: UUID, head: bytes) -> SourceMapping | None:
    """The mapping of a file with these first bytes. Raises UnreadableFile for UTF-32."""
    in_force = SourceMapping.objects.for_organization(organization_id).filter(forgotten_at=None)
    found = in_force.filter(header_digest__in=header_digests(head)).defer("column_names").order_by("id").first()
    return cast("SourceMapping | None", found)


def mapping_of(stored: SourceMapping | None) -> TableMapping | None:
    """What a stored mapping says of tables with its header."""
    if stored is None:
        return None
    return TableMapping(
        header_digest=stored.header_digest,
        columns=tuple(stored.columns),
        day_first=stored.day_first,
        decimal_mark=cast("DecimalMark | None", stored.decimal_mark or None),
        outcome_words=stored.outcome_words,
        payer=stored.payer,
    )


def remember(*, actor: Actor, mapping: TableMapping, header: Header) -> SourceMapping:
    """Keep a mapping for the files to come, in place of an earlier one for the same header, forgotten or not."""
    names = json.dumps([name.strip() for name in header.names])
    column_names = names if keeps_patients(actor.organization_id) else None
    stored, _ = SourceMapping.objects.for_organization(actor.organization_id).update_or_create(
        organization_id=actor.organization_id,
        header_digest=mapping.header_digest,
        defaults={
            "column_names": column_names,
            "columns": list(mapping.columns),
            "day_first": mapping.day_first,
            "decimal_mark": mapping.decimal_mark or "",
            "outcome_words": dict(mapping.outcome_words),
            "payer": mapping.payer,
            "confirmed_by_id": actor.user_id,
            "confirmed_at": clock.now(),
            "forgotten_at": None,
        },
    )
    audit.record(actor=actor, action="source.mapped", target_type="source_mapping", target_id=stored.pk)
    return cast(SourceMapping, stored)


@transaction.atomic
def forget_source_mapping(*, actor: Actor, mapping_id: UUID) -> None:
    """Read no further file with a mapping; those that were read with it stay as they are.

    The next file with its header is read by the names that are known, or waits to be mapped. Raises FORBIDDEN,
    NOT_FOUND, also for one that is forgotten already.
    """
    actor.require(Permission.UPLOADS_WRITE)
    mapping = _locked(actor, mapping_id)
    if mapping is None or mapping.forgotten_at is not None:
        raise not_found("mapping")
    mapping.forgotten_at = clock.now()
    mapping.save(update_fields=["forgotten_at", "updated_at"])
    audit.record(actor=actor, action="source.forgotten", target_type="source_mapping", target_id=mapping_id)


@transaction.atomic
def restore_source_mapping(*, actor: Actor, mapping_id: UUID) -> None:
    """Undo the forgetting; a mapping that its header was given since stays. Raises FORBIDDEN, NOT_FOUND."""
    actor.require(Permission.UPLOADS_WRITE)
    mapping = _locked(actor, mapping_id)
    if mapping is None:
        raise not_found("mapping")
    if mapping.forgotten_at is not None:
        mapping.forgotten_at = None
        mapping.save(update_fields=["forgotten_at", "updated_at"])
        audit.record(actor=actor, action="source.restored", target_type="source_mapping", target_id=mapping_id)


def _locked(actor: Actor, mapping_id: UUID) -> SourceMapping | None:
    mappings = SourceMapping.objects.for_organization(actor.organization_id).filter(pk=mapping_id)
    return cast("SourceMapping | None", mappings.select_for_update(no_key=True).defer("column_names").first())
