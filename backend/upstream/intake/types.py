"""Uploads as clients see them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires
from upstream.graph.jobs import JobType
from upstream.graph.pages import Page, ascending, page
from upstream.graph.permissions import Permission
from upstream.intake import selectors
from upstream.intake.models import RowError, Upload, UploadKind

strawberry.enum(UploadKind)

#: Rows that an upload is shown with.
RELATED = ("job", "duplicate_of__job", "container__job")
ARCHIVE_ORDER = (ascending("member_number", int),)


@gated(Permission.UPLOADS_READ, description="A note about a file that kept nothing out.")
class Finding:
    position: int = strawberry.field(
        description="A table: its line; X12: the segment; FHIR: the resource; 0: all of the file."
    )
    severity: str = strawberry.field(description="info, warning or error")
    code: str
    message: str


@gated_model(RowError, Permission.QUARANTINE_READ, name="RowError", description="A row that was not taken, and why.")
class RowErrorType:
    id: strawberry.ID
    line_number: int
    field: str
    code: str
    message: str


@gated_model(Upload, Permission.UPLOADS_READ, name="IntakeUpload")
class UploadType:
    id: strawberry.ID
    file_name: str
    size_bytes: int
    sha256: str
    kind: UploadKind
    created_at: datetime
    job: JobType
    rows_read: int
    lines_read: int
    claims_created: int
    claims_updated: int
    claims_unchanged: int
    rows_quarantined: int
    quarantine_truncated: bool = strawberry.field(description="More rows were rejected than are kept.")
    billed_total: Decimal
    paid_total: Decimal

    @strawberry.field(description="The same file, taken in before: this one changed nothing.")
    def duplicate_of(self) -> "UploadType | None":
        return cast(Any, cast(Upload, self).duplicate_of)

    @strawberry.field(description="The archive that brought the file.")
    def container(self) -> "UploadType | None":
        return cast(Any, cast(Upload, self).container)

    @strawberry.field(description="What an archive brought, in its order; empty for any other file.")
    def files(self, info: Info, first: int = 50, after: str | None = None) -> "Page[UploadType] | None":
        organization_id = info.context.organization_id
        rows = selectors.uploads(organization_id).filter(container=cast(Upload, self)).select_related(*RELATED)
        return page(rows, organization_id=organization_id, order=ARCHIVE_ORDER, first=first, after=after)

    @strawberry.field
    def uploaded_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Upload, self).uploaded_by_id)

    @strawberry.field
    def findings(self) -> list[Finding]:
        return [Finding(**finding) for finding in cast(Upload, self).findings]

    @strawberry.field(directives=requires(Permission.QUARANTINE_READ))
    def row_errors(self, info: Info, first: int = 50, after: str | None = None) -> Page[RowErrorType] | None:
        organization_id = info.context.organization_id
        rows = selectors.row_errors(organization_id, cast(Upload, self))
        order = (ascending("line_number", int), ascending("id", UUID))
        return page(rows, organization_id=organization_id, order=order, first=first, after=after)
