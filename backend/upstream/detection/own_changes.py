"""What the practice itself changed around the days on which a payer seems to have changed.

A new location or provider that is not enrolled yet, codes watched under another group or two payers made one move
denial rates without any payer doing anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from uuid import UUID

from django.db.models import Q

from upstream.accounts.models import Organization
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.claims.models import FirstSeen, ServiceGroup
from upstream.claims.selectors import first_seen
from upstream.detection.models import Signal

# A change of one's own shows in decisions some weeks after it was made.
DAYS_BEFORE, DAYS_AFTER = timedelta(days=30), timedelta(days=7)
# At the beginning of the data everything is seen for the first time.
SETTLING = timedelta(days=60)


class OwnChangeKind(Enum):
    NEW_LOCATION = "NEW_LOCATION"
    NEW_PROVIDER = "NEW_PROVIDER"
    SERVICE_GROUP_EDITED = "SERVICE_GROUP_EDITED"
    PAYER_RENAMED = "PAYER_RENAMED"
    PAYER_ALIAS_ADDED = "PAYER_ALIAS_ADDED"
    PAYER_MERGED = "PAYER_MERGED"
    SOURCE_MAPPED = "SOURCE_MAPPED"
    LOCATIONS_MERGED = "LOCATIONS_MERGED"


@dataclass(frozen=True, slots=True)
class OwnChange:
    """day: UTC. what: the location, the provider's NPI or the service group, else empty. payer_id: a payer's own."""

    kind: OwnChangeKind
    day: date
    what: str = ""
    payer_id: UUID | None = None


def own_changes(organization: Organization | UUID) -> list[OwnChange]:
    """Everything the practice changed, oldest first: few rows, for it grows with its sites and not with its claims."""
    groups = ServiceGroup.objects.for_organization(organization).values_list("pk", "name")
    group_names = {str(pk): name for pk, name in groups}
    return sorted(
        {*_first_seen(organization), *_audited(organization, group_names), *_regrouped(organization, group_names)},
        key=lambda change: (change.day, change.kind.value, change.what),
    )


def changes_near(signal: Signal, changes: Iterable[OwnChange]) -> list[OwnChange]:
    """Those of `changes` that a signal's change may come from, in their order; of payers only the signal's own."""
    first, last = signal.change_date_low - DAYS_BEFORE, signal.change_date_high + DAYS_AFTER
    return [change for change in changes if first <= change.day <= last and change.payer_id in (None, signal.payer_id)]


def _first_seen(organization: Organization | UUID) -> list[OwnChange]:
    """Locations and providers whose first claims were submitted when there had been others for a while."""
    rows = list(first_seen(organization, date.min, date.max))
    settled = rows[0].first_on + SETTLING if rows else date.max
    kinds = {FirstSeen.Kind.LOCATION: OwnChangeKind.NEW_LOCATION, FirstSeen.Kind.PROVIDER: OwnChangeKind.NEW_PROVIDER}
    return [
        OwnChange(kind=kinds[FirstSeen.Kind(row.kind)], day=row.first_on, what=row.value)
        for row in rows
        if row.first_on >= settled
    ]


def _audited(organization: Organization | UUID, group_names: dict[str, str]) -> list[OwnChange]:
    """What was said of payers and of how a source's columns are read, and groups that were added."""
    events = AuditEvent.objects.for_organization(organization).filter(
        action__in=[
            "payer.renamed",
            "payer.alias_added",
            "source.mapped",
            "service_group.added",
            "location.merged",
            "location.parted",
        ]
    )
    changes = []
    for action, at, target_id, detail in events.values_list("action", "at", "target_id", "detail"):
        day = at.date()
        if action == "source.mapped":
            changes.append(OwnChange(kind=OwnChangeKind.SOURCE_MAPPED, day=day))
        elif action.startswith("location."):
            changes.append(OwnChange(kind=OwnChangeKind.LOCATIONS_MERGED, day=day))
        elif action == "service_group.added":
            changes.append(OwnChange(OwnChangeKind.SERVICE_GROUP_EDITED, day, group_names[target_id]))
        elif action == "payer.renamed":
            changes.append(OwnChange(kind=OwnChangeKind.PAYER_RENAMED, day=day, payer_id=UUID(target_id)))
        else:
            kind = OwnChangeKind.PAYER_MERGED if "merged" in detail else OwnChangeKind.PAYER_ALIAS_ADDED
            changes.append(OwnChange(kind=kind, day=day, payer_id=UUID(target_id)))
    return changes


def _regrouped(organization: Organization | UUID, group_names: dict[str, str]) -> list[OwnChange]:
    """Groups whose codes were changed, and those that were removed or came back: claims moved to or from them."""
    entries = ConfigurationChange.objects.for_organization(organization).filter(
        Q(changes__has_key="ranges") | Q(changes__has_key="retired_at"),
        target_type="service_group",
        target_id__in=list(group_names),
        action=ConfigurationChange.Action.UPDATE,
    )
    return [
        OwnChange(OwnChangeKind.SERVICE_GROUP_EDITED, at.date(), group_names[pk])
        for at, pk in entries.values_list("at", "target_id")
    ]
