"""Uploads in the graph."""

from typing import Any, cast
from uuid import UUID

import strawberry
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from strawberry.file_uploads import Upload as UploadScalar

# Adds to the type of claims.
import upstream.intake.history.types  # noqa: F401
from upstream.audit import services as audit
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, uuid_of
from upstream.graph.pages import NEWEST_FIRST, Page, page
from upstream.graph.permissions import Permission
from upstream.graph.selection import selects
from upstream.intake import remembered_mappings, selectors, services, source_mappings, undoing, webhooks
from upstream.intake.models import SourceMapping, Upload
from upstream.intake.table_types import SourceMappingInput, SourceMappingType, UploadTableType, table_type
from upstream.intake.types import IntakeSource, UploadType, WebhookType, intake_source


@gated(Permission.UPLOADS_READ)
class UploadPayload:
    upload: UploadType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SERVICE_KEYS_WRITE)
class WebhookSecretPayload:
    webhook: WebhookType | None = None
    secret: str | None = strawberry.field(default=None, description="What messages are signed with, told this once.")
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SERVICE_KEYS_WRITE)
class WebhookPayload:
    webhook: WebhookType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.UPLOADS_READ)
class SourceMappingPayload:
    source_mapping: SourceMappingType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


def _record_reading(info: Info, mappings: list[SourceMapping], *path: str) -> None:
    """Write to the audit trail that names and words of files are read, where the query selects them below `path`."""
    selected = selects(info, *path, "columns", "name") or selects(info, *path, "outcomeWords")
    actor = info.context.signed_in()
    if mappings and selected and actor.may(Permission.PHI_READ):
        detail = {"source_mappings": [str(mapping.pk) for mapping in mappings]}
        audit.record(actor=actor, action="phi.read", target_type="source_mapping", detail=detail)


def _source_mapping(info: Info, mapping_id: UUID) -> SourceMappingPayload:
    mapping = selectors.source_mappings(info.context.organization_id).get(pk=mapping_id)
    _record_reading(info, [mapping], "sourceMapping")
    return SourceMappingPayload(source_mapping=shown(mapping))


def _uploads(info: Info) -> QuerySet[Upload]:
    return selectors.uploads(info.context.organization_id).select_related(*selectors.RELATED)


@strawberry.type
class IntakeQuery:
    @strawberry.field(directives=requires(Permission.UPLOADS_READ))
    def uploads(self, info: Info, first: int = 25, after: str | None = None) -> Page[UploadType] | None:
        organization_id = info.context.organization_id
        return page(_uploads(info), organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)

    @strawberry.field(directives=requires(Permission.UPLOADS_READ))
    def upload(self, info: Info, id: strawberry.ID) -> UploadType | None:
        return shown(_uploads(info).filter(pk=row_id(id)).first())

    @strawberry.field(
        directives=requires(Permission.UPLOADS_READ),
        description="Where claims and decisions come from, the newest upload first.",
    )
    def intake_sources(self, info: Info) -> list[IntakeSource] | None:
        return [intake_source(found) for found in selectors.sources(info.context.organization_id)]

    @strawberry.field(directives=requires(Permission.SERVICE_KEYS_WRITE))
    def webhooks(self, info: Info, first: int = 25, after: str | None = None) -> Page[WebhookType] | None:
        organization_id = info.context.organization_id
        found = selectors.webhooks(organization_id)
        return page(found, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)

    @strawberry.field(
        directives=requires(Permission.UPLOADS_READ),
        description="Mappings that files are read with, the first confirmed last; those that were forgotten left out.",
    )
    def source_mappings(self, info: Info, first: int = 25, after: str | None = None) -> Page[SourceMappingType] | None:
        organization_id = info.context.organization_id
        rows = selectors.source_mappings(organization_id).filter(forgotten_at=None)
        if not selects(info, "items", "columns", "name") or not info.context.signed_in().may(Permission.PHI_READ):
            rows = rows.defer("column_names")
        found = page(rows, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)
        _record_reading(info, cast(Any, found.rows), "items")
        return found

    @strawberry.field(
        directives=requires(Permission.PHI_READ),
        description="The table in an upload as `mapping` has it read, without one as it is read today.",
    )
    def upload_table(
        self, info: Info, id: strawberry.ID, mapping: SourceMappingInput | None = None
    ) -> UploadTableType | None:
        wanted = mapping.mapping() if mapping else None
        return table_type(
            source_mappings.upload_table(actor=info.context.signed_in(), upload_id=row_id(id), mapping=wanted)
        )


@strawberry.type
class IntakeMutation:
    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description=(
            "A claims CSV, an X12 835, 837, 999, 277CA or 278, or FHIR: its content tells. Answers at once; follow"
            " `upload.job`."
        ),
    )
    @payload(UploadPayload)
    def upload_file(self, info: Info, file: UploadScalar) -> UploadPayload | None:
        # The scalar is only a name for the schema: what arrives is Django's uploaded file.
        received = cast(UploadedFile, file)
        upload = services.receive_upload(
            actor=info.context.signed_in(), file_name=received.name or "", chunks=received.chunks()
        )
        return UploadPayload(upload=shown(upload))

    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE), description="Start a failed or cancelled upload again."
    )
    @payload(UploadPayload)
    def retry_upload(self, info: Info, id: strawberry.ID) -> UploadPayload | None:
        upload = services.retry_upload(actor=info.context.signed_in(), upload_id=uuid_of(id, "upload"))
        return UploadPayload(upload=shown(upload))

    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description=(
            "Take an upload back: claims become what the other uploads make of them. Answers at once; follow"
            " `upload.undoJob`. The file may be sent again afterwards."
        ),
    )
    @payload(UploadPayload)
    def undo_upload(self, info: Info, id: strawberry.ID) -> UploadPayload | None:
        upload = undoing.undo_upload(actor=info.context.signed_in(), upload_id=uuid_of(id, "upload"))
        return UploadPayload(upload=shown(upload))

    @strawberry.field(directives=requires(Permission.SERVICE_KEYS_WRITE))
    @payload(WebhookSecretPayload)
    def create_webhook(self, info: Info, name: str) -> WebhookSecretPayload | None:
        webhook, secret = webhooks.create_webhook(actor=info.context.signed_in(), name=name)
        return WebhookSecretPayload(webhook=shown(webhook), secret=secret)

    @strawberry.field(
        directives=requires(Permission.SERVICE_KEYS_WRITE),
        description="Another secret; the one before does not count any more.",
    )
    @payload(WebhookSecretPayload)
    def rotate_webhook(self, info: Info, id: strawberry.ID) -> WebhookSecretPayload | None:
        webhook, secret = webhooks.rotate_webhook(actor=info.context.signed_in(), webhook_id=uuid_of(id, "webhook"))
        return WebhookSecretPayload(webhook=shown(webhook), secret=secret)

    @strawberry.field(directives=requires(Permission.SERVICE_KEYS_WRITE), description="At once and for good.")
    @payload(WebhookPayload)
    def revoke_webhook(self, info: Info, id: strawberry.ID) -> WebhookPayload | None:
        webhook = webhooks.revoke_webhook(actor=info.context.signed_in(), webhook_id=uuid_of(id, "webhook"))
        return WebhookPayload(webhook=shown(webhook))

    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description=(
            "Remember how tables with this upload's header are read; an upload that brought no claim is read again."
        ),
    )
    @payload(UploadPayload)
    def map_upload(self, info: Info, id: strawberry.ID, mapping: SourceMappingInput) -> UploadPayload | None:
        upload = services.map_upload(
            actor=info.context.signed_in(), upload_id=uuid_of(id, "upload"), mapping=mapping.mapping()
        )
        return UploadPayload(upload=shown(upload))

    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description=(
            "Files that were read with it stay as they are; the next with its header is read by the names that are"
            " known, or waits to be mapped."
        ),
    )
    @payload(SourceMappingPayload)
    def forget_source_mapping(self, info: Info, id: strawberry.ID) -> SourceMappingPayload | None:
        mapping_id = uuid_of(id, "mapping")
        remembered_mappings.forget_source_mapping(actor=info.context.signed_in(), mapping_id=mapping_id)
        return _source_mapping(info, mapping_id)

    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description="Read files with a mapping again that was forgotten; one its header was given since stays.",
    )
    @payload(SourceMappingPayload)
    def restore_source_mapping(self, info: Info, id: strawberry.ID) -> SourceMappingPayload | None:
        mapping_id = uuid_of(id, "mapping")
        remembered_mappings.restore_source_mapping(actor=info.context.signed_in(), mapping_id=mapping_id)
        return _source_mapping(info, mapping_id)
