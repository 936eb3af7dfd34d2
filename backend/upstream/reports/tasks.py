"""Jobs and ticks of the reports room."""

from typing import Any
from uuid import UUID

from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.reports import selectors, services
from upstream.reports.rendering import render_export


@jobs.handles(services.JOB_KIND)
def export(job: Job, run: JobRun) -> dict[str, Any]:
    return render_export(selectors.export(job.organization_id, UUID(job.parameters["export_id"])), run)


@jobs.on_tick
def expire() -> None:
    services.expire_exports()
