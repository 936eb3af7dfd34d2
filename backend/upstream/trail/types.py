"""Audit events as clients see them."""

from datetime import datetime
from enum import Enum
from typing import cast

import strawberry

from upstream.audit.actions import ACTIONS, ActionGroup
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.audit.words import details, differences, target_label
from upstream.core.actor import ActorKind
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model
from upstream.graph.permissions import Permission
from upstream.trail.actors import Names

strawberry.enum(ActorKind, name="AuditActorKind", description="SYSTEM: Upstream itself.")
strawberry.enum(ActionGroup, name="AuditActionGroup")


@strawberry.enum
class ChangeKind(Enum):
    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


def names(info: Info) -> Names:
    """The names of this request's organization."""
    cache = info.context.cache
    if "actor_names" not in cache:
        cache["actor_names"] = Names(info.context.organization_id)
    return cast(Names, cache["actor_names"])


@gated(Permission.AUDIT_READ, description="Who acted. People who have left and what is not here have no name.")
class AuditActor:
    kind: ActorKind
    id: strawberry.ID | None
    name: str | None


def actor_of(event: AuditEvent | ConfigurationChange, info: Info) -> AuditActor:
    actor_id = None if event.actor_id is None else strawberry.ID(str(event.actor_id))
    return AuditActor(kind=ActorKind(event.actor_kind), id=actor_id, name=names(info).of(event))


@gated(Permission.AUDIT_READ, description="What was acted on.")
class AuditTarget:
    type: str
    label: str = strawberry.field(description="The type in words.")
    id: strawberry.ID | None = strawberry.field(description="None where there were several, which the details tell.")


@gated(Permission.AUDIT_READ, description="Something that an event tells, in words.")
class AuditDetail:
    name: str
    value: str


@gated_model(AuditEvent, Permission.AUDIT_READ, name="AuditEvent", description="What somebody did, and when.")
class AuditEventType:
    id: strawberry.ID
    sequence: int = strawberry.field(description="Its place in the chain, counted from 1.")
    at: datetime
    action: str
    request_id: str

    @strawberry.field
    def actor(self, info: Info) -> AuditActor:
        return actor_of(cast(AuditEvent, self), info)

    @strawberry.field(description="The action in words.")
    def label(self) -> str:
        action = cast(AuditEvent, self).action
        return ACTIONS[action].label if action in ACTIONS else action

    @strawberry.field(description="None for actions that are recorded no more.")
    def group(self) -> ActionGroup | None:
        action = cast(AuditEvent, self).action
        return ACTIONS[action].group if action in ACTIONS else None

    @strawberry.field
    def target(self) -> AuditTarget | None:
        event = cast(AuditEvent, self)
        if not event.target_type:
            return None
        return AuditTarget(
            type=event.target_type,
            label=target_label(event.target_type),
            id=strawberry.ID(event.target_id) if event.target_id else None,
        )

    @strawberry.field
    def details(self) -> list[AuditDetail]:
        return [AuditDetail(name=name, value=value) for name, value in details(cast(AuditEvent, self).detail)]


@gated(Permission.AUDIT_READ, description="What a field of a record was before and after a change, in words.")
class AuditDifference:
    name: str
    before: str | None
    after: str | None


@gated_model(
    ConfigurationChange,
    Permission.AUDIT_READ,
    name="ConfigurationChange",
    description="How a record of the configuration was changed.",
)
class ConfigurationChangeType:
    id: strawberry.ID
    at: datetime
    request_id: str

    @strawberry.field
    def actor(self, info: Info) -> AuditActor:
        return actor_of(cast(ConfigurationChange, self), info)

    @strawberry.field
    def kind(self) -> ChangeKind:
        return ChangeKind[ConfigurationChange.Action(cast(ConfigurationChange, self).action).name]

    @strawberry.field
    def differences(self) -> list[AuditDifference]:
        told = differences(cast(ConfigurationChange, self).changes)
        return [AuditDifference(name=name, before=before, after=after) for name, before, after in told]


@gated(Permission.AUDIT_READ, description="A stretch of the chain that was checked.")
class AuditChain:
    first: int
    through: int
    last: int = strawberry.field(description="The last event written. Where `through` is less, go on from there.")
    whole: bool = strawberry.field(description="Nothing in the stretch was edited, removed or moved.")
    breaks: list[str] = strawberry.field(description="The first ten, in words.")
    break_count: int
