"""Reading the audit trail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from upstream.audit.actions import actions_of
from upstream.audit.models import AuditEvent
from upstream.core.actor import ActorKind

EVENTS_PER_READ = 2000
# Where the detail of an event names a record that it is not itself about: target type → (action, name of the detail).
_NAMED_IN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "alert": (("export.created", "alert_id"),),
    "patient": (("phi.read", "patients"), ("phi.searched", "patients")),
    "payer": (("payer.alias_added", "merged"), ("payer.kept_apart", "other")),
    "source_mapping": (("phi.read", "source_mappings"),),
    "upload": (("rejected_row.mended", "upload"), ("phi.read", "upload")),
}


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Days are in UTC, both included. `target_id` is told together with `target_type`."""

    actor_id: UUID | None = None
    actor_kind: ActorKind | None = None
    group: str | None = None
    from_day: date | None = None
    to_day: date | None = None
    target_type: str | None = None
    target_id: str | None = None


def events(organization_id: UUID, narrowed: AuditFilter | None = None) -> QuerySet[AuditEvent]:
    """The organization's events that match all that is given, in no order."""
    rows = AuditEvent.objects.for_organization(organization_id)
    if narrowed is None:
        return rows
    if narrowed.actor_id:
        rows = rows.filter(actor_id=narrowed.actor_id)
    if narrowed.actor_kind:
        rows = rows.filter(actor_kind=narrowed.actor_kind)
    if narrowed.group:
        rows = rows.filter(action__in=actions_of(narrowed.group))
    if narrowed.from_day:
        rows = rows.filter(at__gte=_midnight(narrowed.from_day))
    if narrowed.to_day and narrowed.to_day < date.max:
        rows = rows.filter(at__lt=_midnight(narrowed.to_day + timedelta(days=1)))
    if narrowed.target_type:
        rows = rows.filter(_about(narrowed.target_type, narrowed.target_id))
    return rows


def newest_first(rows: QuerySet[AuditEvent]) -> Iterator[AuditEvent]:
    """The events, read in pieces that follow one another by sequence."""
    ordered = rows.order_by("-sequence")
    found = list(ordered[:EVENTS_PER_READ])
    while found:
        yield from found
        if len(found) < EVENTS_PER_READ:
            return
        found = list(ordered.filter(sequence__lt=found[-1].sequence)[:EVENTS_PER_READ])


def _about(target_type: str, target_id: str | None) -> Q:
    if not target_id:
        return Q(target_type=target_type)
    about = Q(target_type=target_type, target_id=target_id)
    if is_id(target_id):
        for action, name in _NAMED_IN.get(target_type, ()):
            # A list is searched as its text: ids are of one length, so that none stands within another.
            about |= Q(action=action, **{f"detail__{name}__icontains": target_id})
    return about


def is_id(text: str) -> bool:
    """Whether this is the id of a row, as ids are written."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
