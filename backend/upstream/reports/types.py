"""Exports as clients see them."""

from datetime import datetime
from typing import cast

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.core import clock
from upstream.graph.context import Info
from upstream.graph.gates import extends, gated_model
from upstream.graph.jobs import JobType
from upstream.graph.permissions import Permission
from upstream.intake.models import Upload
from upstream.intake.types import UploadType
from upstream.reports import services
from upstream.reports.models import Export, ExportKind

strawberry.enum(ExportKind)


@gated_model(Export, Permission.EXPORTS_READ, name="Export")
class ExportType:
    id: strawberry.ID
    kind: ExportKind
    title: str
    file_name: str
    job: JobType
    includes_phi: bool
    rows: int | None
    size_bytes: int | None
    created_at: datetime
    expires_at: datetime | None

    @strawberry.field
    def expired(self) -> bool:
        export = cast(Export, self)
        return export.expires_at is not None and export.expires_at <= clock.now()

    @strawberry.field(
        description=(
            "A link of minutes, made anew at each asking; null until the file is ready and after it expired. One with"
            " patients needs `confirmIdentity` of the last five minutes."
        )
    )
    def download_url(self, info: Info) -> str | None:
        return services.download_url(cast(Export, self), info.context.signed_in())

    @strawberry.field
    def created_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Export, self).created_by_id)


@extends(UploadType, Permission.QUARANTINE_READ)
def quarantine_url(root: UploadType, info: Info) -> str | None:
    """A link of minutes to open rejected rows as CSV. Needs PHI_READ, and `confirmIdentity` within five minutes."""
    return services.quarantine_url(cast(Upload, root), info.context.signed_in())
