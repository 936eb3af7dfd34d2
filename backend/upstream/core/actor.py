"""Who acts: every service takes an actor, and every answer is made for one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from upstream.core import clock
from upstream.core.errors import ErrorCode, ServiceError

# How long showing who one is counts for what weighs most.
CONFIRMED_FOR = timedelta(minutes=5)


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"
    SERVICE_KEY = "service_key"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a machine by its service key or a webhook, or the system itself, acting in one organization with the
    permissions held at this moment.
    """

    organization_id: UUID
    user_id: UUID | None
    permissions: frozenset[str] = field(repr=False)
    kind: ActorKind = ActorKind.PERSON
    session_id: UUID | None = None
    service_key_id: UUID | None = None
    webhook_id: UUID | None = None
    confirmed_at: datetime | None = None

    @property
    def id(self) -> UUID | None:
        """Of the person, the service key or the webhook; None for the system."""
        return self.user_id or self.service_key_id or self.webhook_id

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise `ServiceError` FORBIDDEN unless the actor holds `permission`."""
        if permission not in self.permissions:
            raise ServiceError(
                ErrorCode.FORBIDDEN,
                f"This needs the permission {permission}. Ask an owner or admin of your organization.",
            )

    def require_confirmed(self) -> None:
        """Raise `ServiceError` STEP_UP_REQUIRED unless this person showed who they are within five minutes.

        Machines have nothing to give: they are refused with FORBIDDEN. The system itself is not asked.
        """
        if self.kind == ActorKind.SYSTEM:
            return
        if self.kind != ActorKind.PERSON:
            raise ServiceError(ErrorCode.FORBIDDEN, "Only people may do this. Sign in as one.")
        if self.confirmed_at is None or clock.now() - self.confirmed_at > CONFIRMED_FOR:
            raise ServiceError(
                ErrorCode.STEP_UP_REQUIRED,
                "Confirm that it is you: with a passkey, or your password and a code if any.",
            )
