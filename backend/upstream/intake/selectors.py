"""Reading uploads and what they left in quarantine."""

from uuid import UUID

from django.db.models import QuerySet

from upstream.accounts.models import Organization
from upstream.intake.models import RowError, Upload
from upstream.intake.quarantine import quarantine_csv

__all__ = ["quarantine_csv", "row_errors", "uploads"]


def uploads(organization: Organization | UUID) -> QuerySet[Upload]:
    return Upload.objects.for_organization(organization)


def row_errors(organization: Organization | UUID, upload: Upload | UUID) -> QuerySet[RowError]:
    """The rows of an upload that were not taken, in no order."""
    upload_id = upload if isinstance(upload, UUID) else upload.pk
    return RowError.objects.for_organization(organization).filter(upload_id=upload_id)
