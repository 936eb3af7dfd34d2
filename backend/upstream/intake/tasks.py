"""The job that reads an upload."""

from typing import Any
from uuid import UUID

from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.intake import resumable, services, webhooks


@jobs.handles(services.UPLOAD_JOB)
def read_upload(job: Job, run: JobRun) -> dict[str, Any]:
    """Read the file, then have its organization's streams looked at; the files of an archive have jobs of their own."""
    upload_id = job.parameters["upload"]
    result = services.read_upload(upload_id=UUID(upload_id), run=run)
    if "files" not in result:
        jobs.enqueue_unless_waiting(
            organization_id=job.organization_id, kind=services.DETECTION_JOB, parameters={"because": "upload"}
        )
    return result


@jobs.on_tick
def expire_resumable_uploads() -> None:
    resumable.expire()


@jobs.on_tick
def expire_webhook_signatures() -> None:
    webhooks.expire()
