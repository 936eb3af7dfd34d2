"""Uploads, and the rows they could not take."""

from collections.abc import Collection
from datetime import datetime

from django.db import models

from upstream.core import clock
from upstream.core.models import Job, OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField
from upstream.graph.permissions import Permission
from upstream.phi.fields import PhiTextField


class UploadKind(models.TextChoices):
    CLAIMS_CSV = "CLAIMS_CSV"
    X12_835 = "X12_835"
    X12_837P = "X12_837P"
    X12_837I = "X12_837I"
    X12_837D = "X12_837D"
    X12_999 = "X12_999"
    X12_277CA = "X12_277CA"
    X12_278 = "X12_278"
    FHIR = "FHIR"
    ARCHIVE = "ARCHIVE"
    UNKNOWN = "UNKNOWN"


def nameless(kind: str, created_at: datetime) -> str:
    """What a file is called where its name is not told."""
    return f"{kind.replace('_', ' ')} {created_at:%Y-%m-%d %H:%M} UTC"


class Upload(OrganizationModel):
    """One file. Its job's state is its state; the counts are written with the rows they count."""

    # Encrypted, for clinics and clearinghouses name files after patients: see `shown_name`.
    file_name = PhiTextField()
    stored_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=UploadKind, default=UploadKind.UNKNOWN)
    # What files of one kind from one place have in common: see `sources.source_of`.
    source = models.CharField(max_length=64, default="", blank=True)
    # The remembered mapping that a table was last read with.
    source_mapping = OrganizationForeignKey("SourceMapping", null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    job = OrganizationForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    duplicate_of = OrganizationForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    # Taking it back: the work, who asked for it, and when nothing of it was left. The counts stay, as history.
    undo_job = OrganizationForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    undone_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True)
    # The archive that brought the file, and its place in it, from 1.
    container = OrganizationForeignKey("self", null=True, on_delete=models.PROTECT, related_name="members")
    member_number = models.PositiveSmallIntegerField(null=True)
    # Records already committed: where a run that was cut off goes on.
    records_committed = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    lines_read = models.BigIntegerField(default=0)
    claims_created = models.BigIntegerField(default=0)
    claims_updated = models.BigIntegerField(default=0)
    claims_unchanged = models.BigIntegerField(default=0)
    rows_quarantined = models.BigIntegerField(default=0)
    quarantine_truncated = models.BooleanField(default=False)
    # What became of those since; they are counted with the rows, under a lock of this one.
    rows_mended = models.BigIntegerField(default=0)
    rows_dismissed = models.BigIntegerField(default=0)
    # How many rows more (or fewer) stand open for a reason than `report` counted when the file was read.
    reasons_since = models.JSONField(default=dict)
    billed_total = MoneyField(default=0)
    paid_total = MoneyField(default=0)
    findings = models.JSONField(default=list)
    # What was told and what was lacking: see `report.Report`.
    report = models.JSONField(default=dict)

    class Meta(OrganizationModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-id"], name="upload_newest"),
            models.Index(fields=["organization", "sha256"], name="upload_by_digest"),
            models.Index(fields=["organization", "kind", "source", "-id"], name="upload_by_source"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "container", "member_number"], name="archive_member_once")
        ]

    def shown_name(self, permissions: Collection[str]) -> str:
        """The file's name to who may read PHI; to anybody else, and in what is handed on, its kind and moment."""
        return self.file_name if Permission.PHI_READ in permissions else nameless(self.kind, self.created_at)

    @property
    def rows_open(self) -> int:
        """Rejected rows that are neither mended nor dismissed: what every list, report and score counts as rejected."""
        return self.rows_quarantined - self.rows_mended - self.rows_dismissed


class UploadReading(OrganizationModel):
    """How the rows of a table were read, so that one of them can be read again: `csv_reading.TableReading`, dumped."""

    upload = OrganizationForeignKey(Upload, on_delete=models.CASCADE, related_name="readings")
    reading = PhiTextField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "upload"], name="upload_reading_once")]


class ResumableUpload(OrganizationModel):
    """A file that comes in parts, of whoever began it; once it is whole, `upload` is what it became."""

    file_name = PhiTextField()
    size_bytes = models.BigIntegerField()
    received_bytes = models.BigIntegerField(default=0)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    service_key = OrganizationForeignKey("accounts.ServiceKey", null=True, on_delete=models.CASCADE, related_name="+")
    upload = OrganizationForeignKey(Upload, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(db_index=True)


class UploadPart(OrganizationModel):
    """Bytes of a resumable upload from `offset` on, encrypted in a file of their own."""

    resumable_upload = OrganizationForeignKey(ResumableUpload, on_delete=models.CASCADE, related_name="parts")
    offset = models.BigIntegerField()
    stored_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "resumable_upload", "offset"], name="upload_part_once")
        ]


class Webhook(OrganizationModel):
    """An address that another system sends FHIR to, signed with a secret, which is kept to check by."""

    name = models.CharField(max_length=80)
    secret = PhiTextField()
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    rotated_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="webhook_newest")]


class WebhookSignature(OrganizationModel):
    """A signature that was taken: it is refused as long as its time would let it through again."""

    webhook = OrganizationForeignKey(Webhook, on_delete=models.CASCADE, related_name="+")
    signature = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "webhook", "signature"], name="webhook_signature_once")
        ]


class SourceMapping(OrganizationModel):
    """How a person had the tables of one source read, known by their header: `csv_header.TableMapping`, stored.

    One that was forgotten is kept, to be restored or confirmed anew, and reads no file.
    """

    header_digest = models.CharField(max_length=64)
    # The header as the file writes it, a JSON list: where a file has none, these are a patient's values. Null for
    # mappings that were confirmed before this was kept.
    column_names = PhiTextField(null=True)
    columns = models.JSONField()
    day_first = models.BooleanField(null=True)
    decimal_mark = models.CharField(max_length=1, default="", blank=True)
    outcome_words = models.JSONField(default=dict)
    payer = models.CharField(max_length=200, default="", blank=True)
    confirmed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(default=clock.now)
    forgotten_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "header_digest"], name="source_mapping_once"),
        ]


class RowState(models.TextChoices):
    OPEN = "OPEN"
    MENDED = "MENDED"
    DISMISSED = "DISMISSED"


class RowError(OrganizationModel):
    """A row (or a claim of X12 or FHIR) that was not taken, with the reason and, encrypted, the row itself.

    A try to mend it that failed stands in `tried`, with field, code and message of that try; `first_reason` then has
    those it was rejected with, in this order.
    """

    upload = OrganizationForeignKey(Upload, on_delete=models.CASCADE, related_name="row_errors")
    line_number = models.BigIntegerField()
    field = models.CharField(max_length=60, default="", blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=500)
    raw = PhiTextField(null=True)
    tried = PhiTextField(null=True)
    # The upload that tried; null for a person.
    tried_by = OrganizationForeignKey(Upload, null=True, on_delete=models.SET_NULL, related_name="+")
    first_reason = models.JSONField(default=list)
    state = models.CharField(max_length=9, choices=RowState, default=RowState.OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    # The upload whose row it was mended by; null where a person mended it in place.
    mended_by = OrganizationForeignKey(Upload, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(OrganizationModel.Meta):
        indexes = [
            models.Index(fields=["organization", "upload", "line_number"], name="row_error_in_order"),
            models.Index(fields=["organization", "mended_by"], name="row_error_by_mending"),
            models.Index(fields=["organization", "tried_by"], name="row_error_by_try"),
        ]
