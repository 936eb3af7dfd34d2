"""Jobs as clients see them."""

from datetime import datetime
from typing import cast

import strawberry

from upstream.core import jobs
from upstream.core.errors import ErrorCode
from upstream.core.models import Job, JobState
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, uuid_of
from upstream.graph.pages import NEWEST_FIRST, Page, page
from upstream.graph.permissions import Permission

strawberry.enum(JobState)


@gated_model(
    Job, Permission.SIGNED_IN, name="Job", description="Work that goes on after the request that asked for it."
)
class JobType:
    id: strawberry.ID
    kind: str
    state: JobState
    progress_done: int
    progress_total: int | None
    progress_label: str
    attempts: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @strawberry.field
    def error(self) -> Problem | None:
        job = cast(Job, self)
        if not job.error_code:
            return None
        known = job.error_code in ErrorCode.__members__
        return Problem(
            code=ErrorCode(job.error_code) if known else ErrorCode.INTERNAL, field=None, message=job.error_message
        )


@gated(Permission.SIGNED_IN)
class JobPayload:
    job: JobType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class JobFilter:
    state: list[JobState] | None = None
    kind: str | None = None


@strawberry.type
class JobQuery:
    @strawberry.field(directives=requires(Permission.JOBS_READ))
    def jobs(
        self, info: Info, filter: JobFilter | None = None, first: int = 25, after: str | None = None
    ) -> Page[JobType] | None:
        organization_id = info.context.organization_id
        rows = Job.objects.for_organization(organization_id)
        if filter and filter.state:
            rows = rows.filter(state__in=filter.state)
        if filter and filter.kind:
            rows = rows.filter(kind=filter.kind)
        return page(rows, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)

    @strawberry.field(directives=requires(Permission.JOBS_READ))
    def job(self, info: Info, id: strawberry.ID) -> JobType | None:
        return shown(Job.objects.for_organization(info.context.organization_id).filter(pk=row_id(id)).first())


@strawberry.type
class JobMutation:
    @strawberry.field(directives=requires(Permission.UPLOADS_WRITE), description="Cancel work that has not finished.")
    @payload(JobPayload)
    def cancel_job(self, info: Info, id: strawberry.ID) -> JobPayload | None:
        job = jobs.get(info.context.organization_id, uuid_of(id, "job"))
        return JobPayload(job=shown(jobs.cancel(job)))
