"""Locations in the graph: listed with their names in files, made one and parted again."""

import strawberry

from upstream.claims import location_services as services
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires
from upstream.graph.mutations import Problem, payload
from upstream.graph.permissions import Permission


@gated(Permission.PAYERS_READ, description="A name that files use for a location.")
class LocationAlias:
    alias: str
    means: str = strawberry.field(description="The name it was said to mean, which may itself mean another.")


@gated(Permission.PAYERS_READ)
class Location:
    name: str
    claims: int
    names: list[LocationAlias] = strawberry.field(description="Other names in files, which mean this location.")


@gated(Permission.PAYERS_READ, description="Two locations that are probably one under two names.")
class LocationSuggestion:
    location: Location
    other: Location


@gated(Permission.PAYERS_WRITE)
class LocationPayload:
    name: str | None = strawberry.field(default=None, description="The name that was merged, parted or kept apart.")
    errors: list[Problem] = strawberry.field(default_factory=list)


def _shown(location: services.Location) -> Location:
    names = [LocationAlias(alias=each.alias, means=each.means) for each in location.names]
    return Location(name=location.name, claims=location.claims, names=names)


@strawberry.type
class LocationsQuery:
    @strawberry.field(directives=requires(Permission.PAYERS_READ), description="By name.")
    def locations(self, info: Info) -> list[Location] | None:
        return [_shown(each) for each in services.locations(info.context.organization_id)]

    @strawberry.field(
        directives=requires(Permission.PAYERS_READ),
        description="Locations whose names say the same; `mergeLocations` or `keepLocationsApart` answers.",
    )
    def location_suggestions(self, info: Info) -> list[LocationSuggestion] | None:
        pairs = services.suggested_locations(info.context.organization_id)
        return [LocationSuggestion(location=_shown(one), other=_shown(other)) for one, other in pairs]


@strawberry.type
class LocationsMutation:
    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="From now on files that say `name` mean the location `into`; claims of the past move by a job.",
    )
    @payload(LocationPayload)
    def merge_locations(self, info: Info, name: str, into: str) -> LocationPayload | None:
        services.merge_locations(actor=info.context.signed_in(), name=name, into=into)
        return LocationPayload(name=name)

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="Undo one merge: `alias` is a location of its own again, and claims of the past go back.",
    )
    @payload(LocationPayload)
    def part_location(self, info: Info, alias: str) -> LocationPayload | None:
        services.part_location(actor=info.context.signed_in(), alias=alias)
        return LocationPayload(name=alias)

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE), description="Suggest no more that these two locations are one."
    )
    @payload(LocationPayload)
    def keep_locations_apart(self, info: Info, name: str, other: str) -> LocationPayload | None:
        services.keep_locations_apart(actor=info.context.signed_in(), name=name, other=other)
        return LocationPayload(name=name)
