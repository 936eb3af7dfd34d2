"""When locations and rendering providers first appeared: the earliest submission day of their claims.

A claim that tells no submission day counts on the day it was decided, as in the roll-up.
"""

from datetime import date
from uuid import UUID

from django.db.models import Min, QuerySet
from django.db.models.functions import Coalesce

from upstream.claims import bulk
from upstream.claims.models import Claim, FirstSeen
from upstream.core import clock

Sight = tuple[str, str, date | None]
"""Location, NPI and day of one claim; empty where it tells none."""

_Seen = tuple[str, str]
"""Kind and value."""

_LOCATION, _PROVIDER = str(FirstSeen.Kind.LOCATION), str(FirstSeen.Kind.PROVIDER)
_FIELDS = {_LOCATION: "location", _PROVIDER: "provider_npi"}
_COLUMNS = ("id", "created_at", "updated_at", "organization_id", "kind", "value", "first_on")


class FirstDays:
    """What claims that are being written change of it, until their transaction saves that."""

    def __init__(self) -> None:
        self._came: dict[_Seen, date] = {}
        self._left: dict[_Seen, date] = {}

    def moved(self, before: Sight | None, after: Sight | None) -> None:
        """A claim was seen as `before` (None: it is new) and is seen as `after` (None: it is gone)."""
        if before == after:
            return
        if after is not None:
            _add(self._came, after)
        if before is not None:
            _add(self._left, before)

    def save(self, organization_id: UUID) -> None:
        """Write the first days that changed, in the transaction that writes the claims, which holds `one_writer`.

        Those that came may lie ready to be written; those that left, and those that moved, stand as they stand now.
        """
        if not self._came and not self._left:
            return
        rows = FirstSeen.objects.for_organization(organization_id)
        values = {value for _, value in (*self._came, *self._left)}
        known: dict[_Seen, date] = {
            (kind, value): day
            for kind, value, day in rows.filter(value__in=values).values_list("kind", "value", "first_on")
        }
        first: dict[_Seen, date] = {}
        for seen, day in self._came.items():
            if seen not in known or day < known[seen]:
                first[seen] = day
        for seen, day in self._left.items():
            if known.get(seen) != day or self._came.get(seen, date.max) <= day:
                continue
            # The claims that made it the first day may be gone from there; those that came may not stand there yet.
            days = (_earliest(organization_id, *seen), self._came.get(seen))
            earliest = min((day for day in days if day is not None), default=None)
            if earliest is None:
                rows.filter(kind=seen[0], value=seen[1]).delete()
            elif earliest != day:
                first[seen] = earliest
        _write(organization_id, first)


def _add(days: dict[_Seen, date], sight: Sight) -> None:
    location, npi, day = sight
    if day is None:
        return
    for value, seen in ((location, (_LOCATION, location)), (npi, (_PROVIDER, npi))):
        if value and day < days.get(seen, date.max):
            days[seen] = day


def _earliest(organization_id: UUID, kind: str, value: str) -> date | None:
    # Two questions that the index by submission day answers, the second from claims without one.
    claims = Claim.objects.for_organization(organization_id).filter(**{_FIELDS[kind]: value})
    days = (
        claims.filter(submitted_date__isnull=False).aggregate(day=Min("submitted_date"))["day"],
        claims.filter(submitted_date__isnull=True).aggregate(day=Min("decided_date"))["day"],
    )
    return min((day for day in days if day is not None), default=None)


def _write(organization_id: UUID, first: dict[_Seen, date]) -> None:
    now, owner, new_id = bulk.stored(clock.now()), bulk.stored(organization_id), bulk.ordered_ids()
    bulk.upsert(
        FirstSeen,
        _COLUMNS,
        [(new_id(), now, now, owner, kind, value, day) for (kind, value), day in sorted(first.items())],
        key=("organization_id", "kind", "value"),
        replaced=("updated_at", "first_on"),
    )


def recount(organization_id: UUID) -> dict[tuple[str, str], date]:
    """First days by kind and value, from all claims."""
    return {(kind, value): day for kind, name in _FIELDS.items() for value, day in _days(organization_id, name) if day}


def _days(organization_id: UUID, name: str) -> QuerySet[Claim, tuple[str, date | None]]:
    claims = Claim.objects.for_organization(organization_id).order_by().exclude(**{name: ""})
    return claims.values_list(name).annotate(day=Min(Coalesce("submitted_date", "decided_date")))


def rebuild(organization_id: UUID) -> None:
    """Write all first days anew, in the caller's transaction, which holds `one_writer`."""
    FirstSeen.objects.for_organization(organization_id).delete()
    _write(organization_id, recount(organization_id))
