"""Under which name a location counts, whatever files call it."""

from functools import cached_property
from uuid import UUID

from upstream.claims.models import LocationAlias


class Locations:
    """What an organization's locations are called, for one transaction of a writer, which holds `rollup.one_writer`."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id

    @cached_property
    def _names(self) -> dict[str, str]:
        """Looked up once a location is asked for."""
        aliases = LocationAlias.objects.for_organization(self._organization_id)
        return dict(aliases.values_list("alias", "name"))

    def look_up(self) -> None:
        """Have the names at hand, so that `place` asks the database for nothing."""
        _ = self._names

    def place(self, told: str) -> tuple[str, str]:
        """The name a location counts under; and `told` where that is another one, else empty."""
        name = told
        # Names lead on to others and never back: `location_services` sees to that.
        while name in self._names:
            name = self._names[name]
        return name, "" if name == told else told
