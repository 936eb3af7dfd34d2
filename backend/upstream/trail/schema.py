"""The audit trail in the graph."""

from datetime import date

import strawberry

from upstream.audit import selectors as audit
from upstream.audit.actions import ActionGroup
from upstream.core.actor import ActorKind
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.context import Info
from upstream.graph.gates import requires
from upstream.graph.mutations import row_id_or_none
from upstream.graph.pages import NEWEST_FIRST, Page, descending, page
from upstream.graph.permissions import Permission
from upstream.trail import selectors, services
from upstream.trail.actors import UPSTREAM
from upstream.trail.types import AuditActor, AuditChain, AuditEventType, ConfigurationChangeType, names

ORDER = (descending("sequence", int),)
BREAKS_TOLD = 10


@strawberry.input(description="What is left out narrows nothing.")
class AuditFilter:
    actor_id: strawberry.ID | None = strawberry.field(default=None, description="A person, service key or webhook.")
    actor_kind: ActorKind | None = None
    group: ActionGroup | None = None
    from_day: date | None = strawberry.field(default=None, description="In UTC, included.")
    to_day: date | None = strawberry.field(default=None, description="In UTC, included.")
    target_type: str | None = strawberry.field(
        default=None, description="As events tell it; `claim` with an id finds what is recorded of its patient."
    )
    target_id: strawberry.ID | None = strawberry.field(default=None, description="Given with its type.")

    def narrowed(self) -> audit.AuditFilter:
        """The selector's filter; an id that is none finds nothing, like an unknown one. Raises INVALID, REQUIRED."""
        if self.target_id and not self.target_type:
            raise ServiceError(ErrorCode.REQUIRED, "Say of which type the record is.", field="targetType")
        if self.from_day and self.to_day and self.from_day > self.to_day:
            raise ServiceError(ErrorCode.INVALID, "The first day is after the last: exchange them.", field="fromDay")
        return audit.AuditFilter(
            actor_id=row_id_or_none(self.actor_id),
            actor_kind=self.actor_kind,
            group=self.group,
            from_day=self.from_day,
            to_day=self.to_day,
            target_type=self.target_type or None,
            target_id=self.target_id or None,
        )


@strawberry.type
class TrailQuery:
    @strawberry.field(
        directives=requires(Permission.AUDIT_READ),
        description="The newest first. Opening the list is recorded itself, its further pages are not.",
    )
    def audit_events(
        self, info: Info, filter: AuditFilter | None = None, first: int = 25, after: str | None = None
    ) -> Page[AuditEventType] | None:
        actor = info.context.signed_in()
        narrowed = filter.narrowed() if filter else audit.AuditFilter()
        rows = selectors.events(actor.organization_id, narrowed)
        found = page(rows, organization_id=actor.organization_id, order=ORDER, first=first, after=after)
        if after is None:
            # Fetched first: that it is read now is no part of what is read.
            found.rows.models()
            services.record_reading(actor=actor, narrowed=narrowed)
        return found

    @strawberry.field(
        directives=requires(Permission.AUDIT_READ),
        description="How a record of the configuration (settings, payers, groups, keys …) was changed, field by field, "
        "by whom, the newest first. Secrets and patients' data are left out.",
    )
    def configuration_changes(
        self, info: Info, target_type: str, target_id: strawberry.ID, first: int = 25, after: str | None = None
    ) -> Page[ConfigurationChangeType] | None:
        organization_id = info.context.organization_id
        rows = selectors.configuration_changes(organization_id, target_type, target_id)
        return page(rows, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)

    @strawberry.field(
        directives=requires(Permission.AUDIT_READ), description="Everybody whose events can be asked for by name."
    )
    def audit_actors(self, info: Info) -> list[AuditActor] | None:
        upstream = AuditActor(kind=ActorKind.SYSTEM, id=None, name=UPSTREAM)
        known = names(info).all()
        return [*(AuditActor(kind=kind, id=strawberry.ID(str(pk)), name=name) for kind, pk, name in known), upstream]

    @strawberry.field(
        directives=requires(Permission.AUDIT_READ),
        description="Checks up to 20,000 events from `start` on: that nothing was edited, removed or moved.",
    )
    def audit_chain(self, info: Info, start: int = 1) -> AuditChain | None:
        checked = services.check_chain(actor=info.context.signed_in(), first=start)
        return AuditChain(
            first=checked.first,
            through=checked.through,
            last=checked.last,
            whole=not checked.breaks,
            breaks=checked.breaks[:BREAKS_TOLD],
            break_count=len(checked.breaks),
        )
