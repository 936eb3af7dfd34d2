"""An installation that is not for real data keeps nothing that tells who a patient is, whatever is handed in.

Names, birth dates, member numbers and the practice's own references never reach a row; rejected rows are told by place
and reason alone; a file goes once it was read, its name at once. The demo's patients are invented and kept.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from upstream.accounts.models import Organization
from upstream.core import clock
from upstream.core.models import JobState
from upstream.intake.models import Upload, UploadKind, nameless
from upstream.intake.records import AuthorizationRecord, ClaimRecord, DecisionRecord, Finding, Problem
from upstream.phi import files

Record = TypeVar("Record")

FINDING = Finding(
    1,
    "warning",
    "not_for_real_data",
    "This installation is not for real data: names, birth dates, member numbers and references of patients were left "
    "out, and the file itself is not kept. Set REAL_DATA_MODE to keep them.",
)
# A file that could not be read waits so long for its columns to be said, or to be tried again.
KEPT_UNREAD = timedelta(days=1)


def keeps_patients(organization_id: UUID) -> bool:
    return settings.PATIENTS_KEPT or Organization.objects.filter(pk=organization_id, is_demo=True).exists()


def without_patients(records: Iterable[Record]) -> Iterator[Record | Finding]:
    """`records` without what tells who a patient is, behind the finding that says so."""
    yield FINDING
    for record in records:
        if isinstance(record, ClaimRecord | DecisionRecord | AuthorizationRecord):
            record.patient = None
        elif isinstance(record, Problem):
            record.raw = record.tried = ""
        yield record


def let_go(upload: Upload) -> None:
    """Delete the file of an upload that was read."""
    if upload.stored_name:
        files.delete(upload.stored_name)
    upload.stored_name, upload.file_name = "", nameless(upload.kind, upload.created_at)
    upload.save(update_fields=["stored_name", "file_name", "updated_at"])


def expire() -> int:
    """Delete files that could not be read for a day, where none are kept; returns how many."""
    if settings.PATIENTS_KEPT:
        return 0
    count = 0
    ended = Q(job__state__in=[JobState.FAILED, JobState.CANCELLED]) | Q(kind=UploadKind.ARCHIVE)
    old = Upload.unscoped.filter(ended, created_at__lt=clock.now() - KEPT_UNREAD, organization__is_demo=False)
    for upload in old.exclude(stored_name=""):
        let_go(upload)
        count += 1
    return count
