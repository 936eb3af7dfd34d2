"""Taking an upload back: asked for by a person, carried out as a job."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.claims import rollup
from upstream.claims.models import BatchContent
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import JobState
from upstream.core.worker import JobRun
from upstream.graph.permissions import Permission
from upstream.intake import rejected
from upstream.intake.models import RowError, Upload
from upstream.intake.writer.undo import Undo

UNDO_JOB = "intake.undo"

# What rooms further right note of an upload while all of it still stands; called again where a run goes on.
before_taking_back: list[Callable[[Upload], None]] = []

_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


@transaction.atomic
def undo_upload(*, actor: Actor, upload_id: UUID) -> Upload:
    """Queue the taking back of an upload, of an archive with its files; where that failed before, queue it again.

    Uploads that were answered as duplicates of it say nothing of their own and are taken back with it; the same bytes
    sent from now on are read. Raises FORBIDDEN, NOT_FOUND, and CONFLICT for an upload that is being read or taken back,
    that was taken back, that is a duplicate, or that came in before uploads could be taken back.
    """
    actor.require(Permission.UPLOADS_WRITE)
    uploads = Upload.objects.for_organization(actor.organization_id)
    upload = uploads.select_for_update(of=("self",)).filter(pk=upload_id).first()
    if upload is None:
        raise not_found("upload")
    if upload.undone_at is not None:
        raise _conflict("This upload was taken back already.")
    if upload.duplicate_of_id is not None:
        raise _conflict("This file was read as an earlier upload and changed nothing. Take that one back instead.")
    files = [upload, *uploads.filter(container=upload)]
    if any(file.job is not None and file.job.state in _UNDER_WAY for file in files):
        raise _conflict("This upload is still being read. Cancel that or wait until it is done, then take it back.")
    if not all(map(_is_noted, files)):
        raise _conflict("This upload came in before uploads could be taken back. Send a corrected file instead.")
    if upload.undo_job is None:
        upload.undo_job = jobs.enqueue(
            organization_id=actor.organization_id,
            kind=UNDO_JOB,
            parameters={"upload": str(upload.pk)},
            created_by_id=actor.user_id,
        )
    elif upload.undo_job.state in (JobState.FAILED, JobState.CANCELLED):
        upload.undo_job = jobs.retry(upload.undo_job)
    else:
        raise _conflict("This upload is being taken back already.")
    upload.undone_by_id = actor.user_id
    upload.save(update_fields=["undo_job", "undone_by", "updated_at"])
    audit.record(actor=actor, action="upload.undo_requested", target_type="upload", target_id=upload.pk)
    return upload


def carry_out(*, upload_id: UUID, run: JobRun) -> dict[str, Any]:
    """Take the upload back; a run that was cut off goes on behind the last batch it undid. Returns how many files."""
    organization_id = run.job.organization_id
    uploads = Upload.objects.for_organization(organization_id)
    upload = uploads.filter(pk=upload_id).first()
    if upload is None:
        raise not_found("upload")
    files = [*uploads.filter(container=upload, undone_at=None).order_by("-id"), upload]
    for file in files:
        for note in before_taking_back:
            note(file)
        try:
            Undo(file, run).carry_out(partial(run.progress, label="Taking claims back"))
        finally:
            rollup.fold(organization_id)
        with transaction.atomic():
            run.fence()
            rejected.open_again(file)
            RowError.objects.for_organization(organization_id).filter(upload=file).delete()
            file.undone_at, file.undone_by_id, file.records_committed = clock.now(), upload.undone_by_id, 0
            file.save(update_fields=["undone_at", "undone_by", "records_committed", "updated_at"])
            audit.record(
                actor=system_actor(organization_id), action="upload.undone", target_type="upload", target_id=file.pk
            )
    return {"files": len(files)}


def _is_noted(upload: Upload) -> bool:
    """Whether what it brought was noted when it was read."""
    if not (upload.claims_created or upload.claims_updated):
        return True
    return BatchContent.objects.for_organization(upload.organization_id).filter(upload=upload).exists()


def _conflict(message: str) -> ServiceError:
    return ServiceError(ErrorCode.CONFLICT, message, field="id")
