"""Who acts in an organization: its people, service keys and webhooks, and Upstream itself."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from uuid import UUID

from upstream.accounts import selectors as accounts
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.core.actor import ActorKind
from upstream.intake.models import Webhook

UPSTREAM = "Upstream"


class Names:
    """Names of an organization's actors; those of a kind are read at once, when the first is asked for."""

    def __init__(self, organization_id: UUID) -> None:
        self.organization_id = organization_id

    def of(self, event: AuditEvent | ConfigurationChange) -> str | None:
        """The name of who acted; None for people who have left and for whatever is not here."""
        match event.actor_kind:
            case ActorKind.SYSTEM:
                return UPSTREAM
            case ActorKind.PERSON:
                return self._people.get(event.actor_id)
            case ActorKind.SERVICE_KEY:
                return self._keys.get(event.actor_id)
            case ActorKind.WEBHOOK:
                return self._webhooks.get(event.actor_id)
        return None

    def all(self) -> Iterator[tuple[ActorKind, UUID, str]]:
        """Everybody with a name, kind by kind."""
        for kind, names in (
            (ActorKind.PERSON, self._people),
            (ActorKind.SERVICE_KEY, self._keys),
            (ActorKind.WEBHOOK, self._webhooks),
        ):
            yield from ((kind, actor_id, name) for actor_id, name in names.items() if actor_id)

    @cached_property
    def _people(self) -> Mapping[UUID | None, str]:
        return dict(accounts.members(self.organization_id).values_list("user_id", "user__name"))

    @cached_property
    def _keys(self) -> Mapping[UUID | None, str]:
        return dict(accounts.service_keys(self.organization_id).order_by("name", "pk").values_list("pk", "name"))

    @cached_property
    def _webhooks(self) -> Mapping[UUID | None, str]:
        webhooks = Webhook.objects.for_organization(self.organization_id)
        return dict(webhooks.order_by("name", "pk").values_list("pk", "name"))
