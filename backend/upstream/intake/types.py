"""Uploads as clients see them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import strawberry
from django.urls import reverse

from upstream.accounts.types import MemberType, member
from upstream.claims.acknowledgements import AcknowledgementKind, Standing, error_label
from upstream.claims.models import SubmissionAcknowledgement
from upstream.claims.types import AcknowledgedStatus, ClaimAcknowledgementType, acknowledged_statuses
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires
from upstream.graph.jobs import JobType
from upstream.graph.pages import Page, ascending, page
from upstream.graph.permissions import Permission
from upstream.intake import quality, selectors
from upstream.intake.models import RowError, RowState, Upload, UploadKind, Webhook
from upstream.intake.report import open_reasons

strawberry.enum(UploadKind)
strawberry.enum(RowState, description="Whether a rejected row waits, was mended, or was closed as not a claim.")
strawberry.enum(AcknowledgementKind)

ARCHIVE_ORDER = (ascending("member_number", int),)


@gated(Permission.UPLOADS_READ, description="A note about a file that kept nothing out.")
class Finding:
    position: int = strawberry.field(
        description="A table: its line; X12: the segment; FHIR: the resource; 0: all of the file."
    )
    severity: str = strawberry.field(description="info, warning or error")
    code: str
    message: str


@gated(Permission.QUARANTINE_READ, description="A file by its name.")
class NamedUpload:
    upload_id: strawberry.ID
    file_name: str


def _named(upload: Upload | None) -> NamedUpload | None:
    if upload is None:
        return None
    return NamedUpload(upload_id=strawberry.ID(str(upload.pk)), file_name=upload.file_name)


@gated_model(RowError, Permission.QUARANTINE_READ, name="RowError", description="A row that was not taken, and why.")
class RowErrorType:
    id: strawberry.ID
    line_number: int
    field: str
    code: str
    message: str = strawberry.field(description="Of the last try to mend it, where there was one.")
    state: RowState
    settled_at: datetime | None

    @strawberry.field(description="Who mended or closed it.")
    def settled_by(self, info: Info) -> MemberType | None:
        return member(info, cast(RowError, self).settled_by_id)

    @strawberry.field(description="The file that mended it; null where a person did, in place.")
    def mended_by(self) -> NamedUpload | None:
        return _named(cast(RowError, self).mended_by)

    @strawberry.field(description="The file that last tried to mend it, and could not.")
    def tried_by(self) -> NamedUpload | None:
        return _named(cast(RowError, self).tried_by)


@gated(Permission.UPLOADS_READ, description="A file that mended rejected rows of an earlier upload.")
class MendingFile:
    upload_id: strawberry.ID
    file_name: str
    rows: int = strawberry.field(description="Of the earlier upload.")


@gated(Permission.UPLOADS_READ, description="An error that a 999 or 997 found in a submission.")
class SubmissionError:
    code: str
    label: str
    segment: str = strawberry.field(description="Its tag; empty for an error of the set or group.")
    position: int = strawberry.field(description="The segment's place in its transaction set, ST being 1; 0: not told.")
    loop: str
    element: int = strawberry.field(description="Place of the data element; 0 for an error of the whole segment.")
    component: int
    control_number: str | None = strawberry.field(
        directives=requires(Permission.CLAIMS_READ), description="The claim it lies in; empty where that is not told."
    )


def submission_errors(rows: list[list[Any]]) -> list[SubmissionError]:
    """Errors as they are stored, with their labels."""
    return [
        SubmissionError(
            code=code,
            label=error_label(code, segment, element),
            segment=segment,
            position=position,
            loop=loop,
            element=element,
            component=component,
            control_number=control_number,
        )
        for code, segment, position, loop, element, component, control_number in rows
    ]


@gated_model(
    SubmissionAcknowledgement,
    Permission.UPLOADS_READ,
    name="SubmissionAcknowledgement",
    description="What came back on a transaction set or its group (999, 997), or on a batch of claims (277CA).",
)
class SubmissionAcknowledgementType:
    id: strawberry.ID
    kind: AcknowledgementKind
    standing: Standing
    code: str
    acknowledged_date: date
    group_number: str
    set_number: str = strawberry.field(description="Empty for a group as a whole, and for a batch.")
    batch_reference: str
    provider_npi: str = strawberry.field(description="Where only one provider's claims of a batch are meant.")
    accepted: int | None = strawberry.field(description="Sets of a group, claims of a batch.")
    rejected: int | None
    accepted_amount: Decimal | None
    rejected_amount: Decimal | None

    @strawberry.field
    def statuses(self) -> list[AcknowledgedStatus]:
        return acknowledged_statuses(cast(SubmissionAcknowledgement, self).statuses)

    @strawberry.field
    def errors(self) -> list[SubmissionError]:
        return submission_errors(cast(SubmissionAcknowledgement, self).errors)

    @strawberry.field
    def upload_id(self) -> strawberry.ID:
        return strawberry.ID(str(cast(SubmissionAcknowledgement, self).upload_id))


@gated(Permission.UPLOADS_READ, description="What was acknowledged of the submissions in an upload.")
class UploadAcknowledged:
    sets: int = strawberry.field(description="Transaction sets in the upload.")
    sets_accepted: int
    sets_rejected: int
    claims: int = strawberry.field(description="Claims in the upload, those set aside included.")
    claims_accepted: int
    claims_rejected: int
    claims_pending: int = strawberry.field(description="Received or passed on, not yet accepted.")
    acknowledgements: list[SubmissionAcknowledgementType] = strawberry.field(
        description="The newest 100 first, without those that merely accept one set."
    )
    rejected: list[ClaimAcknowledgementType] | None = strawberry.field(
        directives=requires(Permission.CLAIMS_READ), description="Claims that stand rejected, the newest 100 first."
    )


@gated(Permission.UPLOADS_READ, description="One part of a data-quality score; the rules are in docs/data-quality.md.")
class QualityPart:
    key: str
    label: str
    weight: int = strawberry.field(description="Points; those of all parts that apply are taken as 100.")
    share: float = strawberry.field(description="Of the claims (or rows) asked, as they should be: 0 to 1.")
    sentence: str


@gated(Permission.UPLOADS_READ, description="What some claims of a file do not tell.")
class QualityLack:
    field: str
    label: str
    lacking: int
    of: int = strawberry.field(description="Claims it is asked of.")
    cost: str = strawberry.field(description="What detection loses; empty where no detector asks for it.")


@gated(Permission.UPLOADS_READ, description="Rows set aside for one reason.")
class RejectedReason:
    reason: str = strawberry.field(description="Field and code; empty for all reasons beyond the first 100 together.")
    rows: int


@gated(Permission.PAYERS_READ, description="Claims of a file by payer, as the file names it.")
class PayerCount:
    name: str = strawberry.field(description="Empty for all payers beyond the first 100 together.")
    claims: int


@gated(Permission.UPLOADS_READ, description="Claims of a file by what it tells of their decision.")
class OutcomeCount:
    outcome: str = strawberry.field(description="Empty where the file tells no decision.")
    claims: int


@gated(Permission.UPLOADS_READ, description="The days a file spans.")
class DaySpan:
    days: str = strawberry.field(description="service, submitted or decided")
    first: date
    last: date


@gated(Permission.UPLOADS_READ, description="How good the data of an upload are, and what they lack.")
class UploadQuality:
    score: int = strawberry.field(description="0 to 100, rounded down.")
    parts: list[QualityPart]
    lacks: list[QualityLack]
    reasons: list[RejectedReason] = strawberry.field(description="The most frequent first.")
    outcomes: list[OutcomeCount]
    payers: list[PayerCount] | None = strawberry.field(
        directives=requires(Permission.PAYERS_READ), description="The ten with most claims."
    )
    spans: list[DaySpan]


def _upload_quality(upload: Upload) -> UploadQuality | None:
    found = quality.quality_of(upload)
    if found is None:
        return None
    report = upload.report
    most = sorted(report.get("payers", {}).items(), key=lambda each: (-each[1], each[0]))[:10]
    reasons = sorted(open_reasons(report, upload.reasons_since).items(), key=lambda each: (-each[1], each[0]))
    return UploadQuality(
        score=found.score,
        parts=[
            QualityPart(key=part.key, label=part.label, weight=part.weight, share=part.share, sentence=part.sentence)
            for part in found.parts
        ],
        lacks=[
            QualityLack(field=lack.field, label=lack.label, lacking=lack.lacking, of=lack.of, cost=lack.cost)
            for lack in found.lacks
        ],
        reasons=[RejectedReason(reason=reason, rows=rows) for reason, rows in reasons],
        outcomes=[OutcomeCount(outcome=told, claims=claims) for told, claims in report.get("outcomes", {}).items()],
        payers=[PayerCount(name=name, claims=claims) for name, claims in most],
        spans=[
            DaySpan(days=name, first=date.fromisoformat(first), last=date.fromisoformat(last))
            for name, (first, last) in report.get("days", {}).items()
        ],
    )


@gated_model(Upload, Permission.UPLOADS_READ, name="IntakeUpload")
class UploadType:
    id: strawberry.ID
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
    rows_quarantined: int = strawberry.field(description="Rejected when the file was read.")
    rows_mended: int = strawberry.field(description="Of those, mended since, in place or by another file.")
    rows_dismissed: int = strawberry.field(description="Of those, closed as not a claim.")
    rows_open: int = strawberry.field(description="Of those, waiting.")
    quarantine_truncated: bool = strawberry.field(description="More rows were rejected than are kept.")
    billed_total: Decimal
    paid_total: Decimal

    undone_at: datetime | None = strawberry.field(
        description="When nothing of it was left; its counts say what it had brought."
    )

    @strawberry.field(description="Its kind and moment to who may not read PHI: names of files tell of patients, too.")
    def file_name(self, info: Info) -> str:
        return cast(Upload, self).shown_name(info.context.signed_in().permissions)

    @strawberry.field(description="The work of taking it back, once that was asked for.")
    def undo_job(self) -> JobType | None:
        return cast(Any, cast(Upload, self).undo_job)

    @strawberry.field(description="Who asked for it to be taken back.")
    def undone_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Upload, self).undone_by_id)

    @strawberry.field(description="The same file, taken in before: this one changed nothing.")
    def duplicate_of(self) -> "UploadType | None":
        return cast(Any, cast(Upload, self).duplicate_of)

    @strawberry.field(description="The mapping it was read with: of a remembered header, by a person.")
    def source_mapping_id(self) -> strawberry.ID | None:
        mapping_id = cast(Upload, self).source_mapping_id
        return strawberry.ID(str(mapping_id)) if mapping_id else None

    @strawberry.field(description="The archive that brought the file.")
    def container(self) -> "UploadType | None":
        return cast(Any, cast(Upload, self).container)

    @strawberry.field(description="What an archive brought, in its order; empty for any other file.")
    def files(self, info: Info, first: int = 50, after: str | None = None) -> "Page[UploadType] | None":
        organization_id = info.context.organization_id
        rows = (
            selectors.uploads(organization_id).filter(container=cast(Upload, self)).select_related(*selectors.RELATED)
        )
        return page(rows, organization_id=organization_id, order=ARCHIVE_ORDER, first=first, after=after)

    @strawberry.field
    def uploaded_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Upload, self).uploaded_by_id)

    @strawberry.field
    def findings(self) -> list[Finding]:
        return [Finding(**finding) for finding in cast(Upload, self).findings]

    @strawberry.field(description="Null while nothing was read, and for files that tell of no claims or decisions.")
    def quality(self) -> UploadQuality | None:
        return _upload_quality(cast(Upload, self))

    @strawberry.field(directives=requires(Permission.QUARANTINE_READ))
    def row_errors(
        self, info: Info, state: RowState | None = None, first: int = 50, after: str | None = None
    ) -> Page[RowErrorType] | None:
        organization_id = info.context.organization_id
        rows = selectors.row_errors(organization_id, cast(Upload, self), state)
        order = (ascending("line_number", int), ascending("id", UUID))
        return page(rows, organization_id=organization_id, order=order, first=first, after=after)

    @strawberry.field(description="Files that mended rows of this one, the first to do so first.")
    def mended_by(self, info: Info) -> list[MendingFile]:
        return [
            MendingFile(
                upload_id=strawberry.ID(str(upload.pk)),
                file_name=upload.shown_name(info.context.signed_in().permissions),
                rows=rows,
            )
            for upload, rows in selectors.mended_by(info.context.organization_id, cast(Upload, self))
        ]

    @strawberry.field(description="Null while nothing was acknowledged, and for an upload without submissions.")
    def acknowledged(self, info: Info) -> UploadAcknowledged | None:
        found = selectors.acknowledged(info.context.organization_id, cast(Upload, self))
        if found is None:
            return None
        return UploadAcknowledged(
            sets=found.sets,
            sets_accepted=found.set_standings[Standing.ACCEPTED],
            sets_rejected=found.set_standings[Standing.REJECTED],
            claims=found.claims,
            claims_accepted=found.claim_standings[Standing.ACCEPTED],
            claims_rejected=found.claim_standings[Standing.REJECTED],
            claims_pending=found.claim_standings[Standing.PENDING],
            acknowledgements=cast(Any, found.acknowledgements),
            rejected=cast(Any, found.rejected),
        )


@gated(Permission.UPLOADS_READ, description="Where files of one kind come from.")
class IntakeSource:
    id: strawberry.ID
    kind: UploadKind
    sender: str = strawberry.field(description="X12: who sent the interchange and the group (ISA06, GS02); else empty.")
    mend_first: QualityPart | None = strawberry.field(
        description="Of the last upload's score the part that costs most points; null where none does."
    )
    uploads: list[UploadType] = strawberry.field(description="The last 20, the newest first.")


def intake_source(found: selectors.Source) -> IntakeSource:
    last = _upload_quality(found.uploads[0])
    lossy = [part for part in last.parts if part.share < 1] if last is not None else []
    return IntakeSource(
        id=strawberry.ID(f"{found.kind} {found.source}"),
        kind=UploadKind(found.kind),
        sender=found.source if found.kind.startswith("X12_") else "",
        mend_first=max(lossy, key=lambda part: part.weight * (1 - part.share), default=None),
        uploads=cast(Any, found.uploads),
    )


@gated_model(
    Webhook,
    Permission.SERVICE_KEYS_WRITE,
    name="Webhook",
    description="An address another system sends FHIR to. Its secret is told when it is created and rotated.",
)
class WebhookType:
    id: strawberry.ID
    name: str
    created_at: datetime
    rotated_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="When a message was last taken.")

    @strawberry.field(description="Where messages go, from the root of the host.")
    def path(self) -> str:
        return reverse("rest-fhir-webhook", kwargs={"webhook_id": cast(Webhook, self).pk})

    @strawberry.field
    def created_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Webhook, self).created_by_id)
