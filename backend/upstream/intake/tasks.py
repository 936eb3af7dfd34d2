"""The jobs that read an upload, and take one back."""

from typing import Any
from uuid import UUID

from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.intake import resumable, services, undoing, webhooks, without_patients


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
def expire_unread_files() -> None:
    without_patients.expire()


@jobs.handles(undoing.UNDO_JOB)
def undo_upload(job: Job, run: JobRun) -> dict[str, Any]:
    """Take the upload back, then have its organization's streams looked at."""
    result = undoing.carry_out(upload_id=UUID(job.parameters["upload"]), run=run)
    jobs.enqueue_unless_waiting(
        organization_id=job.organization_id, kind=services.DETECTION_JOB, parameters={"because": "undo"}
    )
    return result


@jobs.on_tick
def expire_webhook_signatures() -> None:
    webhooks.expire()
