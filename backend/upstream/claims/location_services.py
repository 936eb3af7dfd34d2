"""Locations that are one under several names: listed, suggested, said to be one or two by a person, and parted again.

A claim keeps what its file called the location beside the name it counts under, so that each merge can be undone alone.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from upstream.audit import services as audit
from upstream.claims import regrouping, rollup
from upstream.claims.location_names import Locations
from upstream.claims.models import Claim, LocationAlias, LocationsApart
from upstream.claims.payer_suggestions import alike_pairs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name that files use for a location, and the location it was said to be: its own name, or one on the way."""

    alias: str
    means: str


@dataclass(frozen=True, slots=True)
class Location:
    name: str
    claims: int
    names: list[OtherName]


def locations(organization_id: UUID) -> list[Location]:
    """All locations that claims or merges name, by name; claims as they count today, in the past as well."""
    claims = Claim.objects.for_organization(organization_id).order_by().exclude(location="")
    counts: dict[str, int] = defaultdict(int)
    names = Locations(organization_id)
    told = claims.values_list("location", "location_told").annotate(claims=Count("id"))
    for location, location_told, number in told:
        counts[names.place(location_told or location)[0]] += number
    others: dict[str, list[OtherName]] = defaultdict(list)
    aliases = LocationAlias.objects.for_organization(organization_id).order_by("alias")
    for alias, means in aliases.values_list("alias", "name"):
        others[names.place(alias)[0]].append(OtherName(alias, means))
    return [Location(name, counts[name], others[name]) for name in sorted({*counts, *others}, key=str.casefold)]


def suggested_locations(organization_id: UUID) -> list[tuple[Location, Location]]:
    """Locations whose names say the same, as with payers; pairs that a person has said to be two are left out."""
    apart = LocationsApart.objects.for_organization(organization_id).values_list("name", "other")
    known = {frozenset(pair) for pair in apart}
    pairs = alike_pairs((each, each.name) for each in locations(organization_id))
    return [(one, other) for one, other in pairs if frozenset((one.name, other.name)) not in known]


@transaction.atomic
def merge_locations(*, actor: Actor, name: str, into: str) -> None:
    """From now on files that say `name` mean the location `into`; claims of the past move by a job.

    Raises FORBIDDEN, NOT_FOUND for a name no location has, CONFLICT where the two are one already.
    """
    names = _begin(actor)
    known = {each.name for each in locations(actor.organization_id)}
    for text, field in ((name, "name"), (into, "into")):
        if text not in known:
            if names.place(text)[0] != text:
                message = f"“{text}” counts as “{names.place(text)[0]}” already. Part them first."
                raise ServiceError(ErrorCode.CONFLICT, message, field=field)
            raise not_found("location", field=field)
    if name == into:
        raise ServiceError(ErrorCode.CONFLICT, "These are one location already.", field="into")
    alias = LocationAlias(organization_id=actor.organization_id, alias=name, name=into)
    alias.save(force_insert=True)
    audit.record(
        actor=actor,
        action="location.merged",
        target_type="location",
        target_id=alias.pk,
        detail={"alias": str(alias.pk)},
    )
    regrouping.ask(actor)


@transaction.atomic
def part_location(*, actor: Actor, alias: str) -> None:
    """Undo one merge: files that say `alias` mean a location of that name again, and claims of the past go back.

    Raises FORBIDDEN, NOT_FOUND.
    """
    _begin(actor)
    row = LocationAlias.objects.for_organization(actor.organization_id).filter(alias=alias).first()
    if row is None:
        raise not_found("other name of a location", field="alias")
    audit.record(actor=actor, action="location.parted", target_type="location", target_id=row.pk)
    row.delete()
    regrouping.ask(actor)


@transaction.atomic
def keep_locations_apart(*, actor: Actor, name: str, other: str) -> None:
    """Suggest no more that the two are one. Raises FORBIDDEN, NOT_FOUND."""
    _begin(actor)
    known = {each.name for each in locations(actor.organization_id)}
    for text, field in ((name, "name"), (other, "other")):
        if text not in known:
            raise not_found("location", field=field)
    row = LocationsApart(organization_id=actor.organization_id, name=name, other=other)
    row.save(force_insert=True)
    audit.record(actor=actor, action="location.kept_apart", target_type="location", target_id=row.pk)


def _begin(actor: Actor) -> Locations:
    """What locations are called, which nobody else changes and by which nobody writes claims until the end."""
    actor.require(Permission.PAYERS_WRITE)
    rollup.one_writer(actor.organization_id)
    return Locations(actor.organization_id)
