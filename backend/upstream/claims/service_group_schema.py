"""Service groups in the graph: read, tried, changed and restored."""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.claims import regrouping, service_group_edits
from upstream.claims.models import ServiceGroupEdit
from upstream.claims.service_groups import groups_in_force
from upstream.claims.types import ServiceGroupType
from upstream.core.errors import ServiceError
from upstream.core.models import Job
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires, shown
from upstream.graph.jobs import JobPayload, JobType
from upstream.graph.mutations import Problem, payload, problem, uuid_of
from upstream.graph.permissions import Permission

#: Changes that can be taken back from the page; older ones are in the audit trail.
EDITS_SHOWN = 20


@gated(Permission.PAYERS_WRITE, description="Claims that would leave one group for another.")
class ServiceGroupMove:
    from_group: str
    to_group: str
    claims: int


@gated(Permission.PAYERS_WRITE, description="What a change of one service group would do.")
class ServiceGroupPreview:
    moves: list[ServiceGroupMove] = strawberry.field(default_factory=list, description="The largest first.")
    notes: list[str] = strawberry.field(
        default_factory=list, description="Sentences on ranges that lie within ranges of other groups."
    )
    errors: list[Problem] = strawberry.field(default_factory=list, description="Why it cannot be saved.")


@gated_model(
    ServiceGroupEdit, Permission.PAYERS_READ, name="ServiceGroupEdit", description="A change to the service groups."
)
class ServiceGroupEditType:
    id: strawberry.ID
    created_at: datetime
    summary: str

    @strawberry.field(description="Null when that person has left.")
    def edited_by(self, info: Info) -> MemberType | None:
        return member(info, cast(ServiceGroupEdit, self).edited_by_id)


@gated(Permission.PAYERS_WRITE)
class ServiceGroupEditPayload:
    edit: ServiceGroupEditType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


def _optional(identifier: strawberry.ID | None) -> UUID | None:
    return None if identifier is None else uuid_of(identifier, "service group")


@strawberry.type
class ServiceGroupsQuery:
    @strawberry.field(directives=requires(Permission.PAYERS_READ), description="Those in force, in their order.")
    def service_groups(self, info: Info) -> list[ServiceGroupType] | None:
        return cast(list[ServiceGroupType], groups_in_force(info.context.organization_id))

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="What becomes of claims if a group (none: a new one) gets these codes; without codes: is removed.",
    )
    def service_group_preview(
        self, info: Info, id: strawberry.ID | None = None, codes: str | None = None
    ) -> ServiceGroupPreview | None:
        try:
            found = service_group_edits.preview(actor=info.context.signed_in(), group_id=_optional(id), codes=codes)
        except ServiceError as error:
            return ServiceGroupPreview(errors=[problem(error)])
        moves = [
            ServiceGroupMove(from_group=move.from_group, to_group=move.to_group, claims=move.claims)
            for move in found.moves
        ]
        return ServiceGroupPreview(moves=moves, notes=found.notes)

    @strawberry.field(directives=requires(Permission.PAYERS_READ), description="The latest changes, newest first.")
    def service_group_edits(self, info: Info) -> list[ServiceGroupEditType] | None:
        edits = ServiceGroupEdit.objects.for_organization(info.context.organization_id)
        return list(edits.order_by("-id")[:EDITS_SHOWN])

    @strawberry.field(
        directives=requires(Permission.PAYERS_READ),
        description="The latest work that moved claims of the past to where changed rules put them; at most one.",
    )
    def regroupings(self, info: Info) -> list[JobType] | None:
        jobs = Job.objects.for_organization(info.context.organization_id).filter(kind=regrouping.REGROUP_JOB)
        return list(jobs.order_by("-id")[:1])


@strawberry.type
class ServiceGroupsMutation:
    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="Give a group (none: a new one) its name and codes; claims of the past move by a job.",
    )
    @payload(ServiceGroupEditPayload)
    def save_service_group(
        self, info: Info, name: str, codes: str, id: strawberry.ID | None = None
    ) -> ServiceGroupEditPayload | None:
        edit = service_group_edits.save_service_group(
            actor=info.context.signed_in(), group_id=_optional(id), name=name, codes=codes
        )
        return ServiceGroupEditPayload(edit=shown(edit))

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="Its claims go to the groups that their codes fall into without it.",
    )
    @payload(ServiceGroupEditPayload)
    def remove_service_group(self, info: Info, id: strawberry.ID) -> ServiceGroupEditPayload | None:
        edit = service_group_edits.remove_service_group(
            actor=info.context.signed_in(), group_id=uuid_of(id, "service group")
        )
        return ServiceGroupEditPayload(edit=shown(edit))

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="All groups as they stood before a change; later changes are undone with it.",
    )
    @payload(ServiceGroupEditPayload)
    def restore_service_groups(self, info: Info, edit_id: strawberry.ID) -> ServiceGroupEditPayload | None:
        edit = service_group_edits.restore_service_groups(
            actor=info.context.signed_in(), edit_id=uuid_of(edit_id, "change of service groups", field="editId")
        )
        return ServiceGroupEditPayload(edit=shown(edit))

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="Begin again the moving of claims of the past that failed.",
    )
    @payload(JobPayload)
    def regroup_claims(self, info: Info) -> JobPayload | None:
        return JobPayload(job=shown(regrouping.ask(info.context.signed_in())))
