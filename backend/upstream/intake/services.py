"""Taking a file in, carrying its reading out, and starting that again."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date
from functools import partial
from itertools import chain
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction

from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.claims import rollup
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import Job, JobState
from upstream.core.worker import JobRun
from upstream.graph.permissions import Permission
from upstream.intake.contents import Archive, Contents, Member, contents_of
from upstream.intake.csv_header import TableMapping
from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.fhir.mentions import Mentioned
from upstream.intake.fhir.reader import read_fhir
from upstream.intake.models import RowError, Upload, UploadKind, nameless
from upstream.intake.recognition import recognise
from upstream.intake.records import Finding, UnreadableFile
from upstream.intake.rejected import keep_reading, mending_mapping, tell_mended
from upstream.intake.remembered_mappings import mapping_of, remember, remembered
from upstream.intake.source_mappings import mapping_for
from upstream.intake.sources import compare, source_of
from upstream.intake.without_patients import keeps_patients, let_go, without_patients
from upstream.intake.writer.writer import Record, Writer
from upstream.intake.x12.acknowledgement import read_277ca, read_999
from upstream.intake.x12.authorization import read_278
from upstream.intake.x12.remittance import read_835
from upstream.intake.x12.submission import read_837
from upstream.phi import files

UPLOAD_JOB = "intake.upload"
DETECTION_JOB = "detection.run"

_NAME_LENGTH = 255
_READERS: dict[str, tuple[UploadKind, str, Callable[..., Iterator[Record]]]] = {
    "claims_csv": (UploadKind.CLAIMS_CSV, "Reading claims", read_claims_csv),
    "x12_835": (UploadKind.X12_835, "Reading remittances", read_835),
    "x12_837p": (UploadKind.X12_837P, "Reading claims", read_837),
    "x12_837i": (UploadKind.X12_837I, "Reading claims", read_837),
    "x12_837d": (UploadKind.X12_837D, "Reading claims", read_837),
    "x12_999": (UploadKind.X12_999, "Reading acknowledgements", read_999),
    "x12_277ca": (UploadKind.X12_277CA, "Reading acknowledgements", read_277ca),
    "x12_278": (UploadKind.X12_278, "Reading authorizations", read_278),
    "fhir": (UploadKind.FHIR, "Reading claims", read_fhir),
}


def _nothing_more(upload: Upload) -> None:
    pass


def receive_upload(
    *,
    actor: Actor,
    file_name: str,
    chunks: Iterable[bytes],
    registered: Callable[[Upload], None] = _nothing_more,
) -> Upload:
    """Store a file encrypted and queue its reading; `registered` is called in the transaction that writes the upload.

    A file that was taken in before, byte for byte, is not read again: the upload names the earlier one and its job is
    done. Raises FORBIDDEN, INVALID for an empty file, TOO_LARGE beyond `UPLOAD_MAX_BYTES`.
    """
    actor.require(Permission.UPLOADS_WRITE)
    upload = Upload(
        organization_id=actor.organization_id, file_name=clean_file_name(file_name), uploaded_by_id=actor.user_id
    )
    return _receive(actor, upload, chunks, registered)


def _receive(
    actor: Actor,
    upload: Upload,
    chunks: Iterable[bytes],
    registered: Callable[[Upload], None] = _nothing_more,
) -> Upload:
    if not keeps_patients(actor.organization_id):
        upload.file_name = nameless(upload.kind, upload.created_at)
    place = f"uploads/{actor.organization_id}/{upload.pk}"
    upload.stored_name, upload.size_bytes, upload.sha256 = files.save(place, _capped(chunks))
    stored = upload.stored_name
    try:
        if not upload.size_bytes:
            raise ServiceError(ErrorCode.INVALID, "The file is empty.", field="file")
        with transaction.atomic():
            _register(actor, upload)
            registered(upload)
    except BaseException:
        files.delete(stored)
        raise
    if upload.duplicate_of_id is not None:
        files.delete(stored)
    return upload


def _register(actor: Actor, upload: Upload) -> None:
    earlier = (
        Upload.objects.for_organization(actor.organization_id)
        .filter(sha256=upload.sha256, duplicate_of=None, undo_job=None, undone_at=None)
        .filter(job__state__in=[JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED])
        .order_by("id")
        .first()
    )
    if earlier is None:
        upload.job = jobs.enqueue(
            organization_id=actor.organization_id,
            kind=UPLOAD_JOB,
            parameters={"upload": str(upload.pk)},
            created_by_id=upload.uploaded_by_id,
        )
    else:
        upload.duplicate_of, upload.kind, upload.stored_name = earlier, earlier.kind, earlier.stored_name
        upload.job = _done_already(upload, earlier)
    upload.save(force_insert=True)
    detail = {"sha256": upload.sha256, "bytes": upload.size_bytes, "duplicate": earlier is not None}
    audit.record(actor=actor, action="upload.received", target_type="upload", target_id=upload.pk, detail=detail)


def _done_already(upload: Upload, earlier: Upload) -> Job:
    now = clock.now()
    job = Job(
        organization_id=upload.organization_id,
        kind=UPLOAD_JOB,
        parameters={"upload": str(upload.pk)},
        created_by_id=upload.uploaded_by_id,
        state=JobState.SUCCEEDED,
        started_at=now,
        finished_at=now,
        result={"duplicate_of": str(earlier.pk)},
    )
    job.save(force_insert=True)
    return job


def clean_file_name(file_name: str) -> str:
    """The name without path, control and formatting characters, of at most 255 characters, its ending kept."""
    name = re.split(r"[/\\]", file_name)[-1]
    name = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in name)
    name = " ".join(name.split()).strip(". ") or "upload"
    if len(name) <= _NAME_LENGTH:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 20:
        return name[:_NAME_LENGTH]
    return stem[: _NAME_LENGTH - len(ending) - 1] + dot + ending


def _capped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > settings.UPLOAD_MAX_BYTES:
            raise too_large()
        yield chunk


def too_large() -> ServiceError:
    """What is said of a file beyond `UPLOAD_MAX_BYTES`."""
    limit = settings.UPLOAD_MAX_BYTES // 1024**2
    return ServiceError(
        ErrorCode.TOO_LARGE, f"The file is larger than {limit} MB. Split it and upload the parts.", field="file"
    )


def read_upload(*, upload_id: UUID, run: JobRun) -> dict[str, Any]:
    """Carry out an upload's job: recognise, read, write. Returns the counts; of an archive, that of its `files`.

    Raises ServiceError INVALID, with what is wrong and its remedy, for a file nothing (or nothing more) can be read of.
    A run that was cut off goes on behind the last batch it committed.
    """
    upload = Upload.objects.for_organization(run.job.organization_id).filter(pk=upload_id).first()
    if upload is None:
        raise not_found("upload")
    try:
        # A run that was cut off at its end has let the file go already.
        if upload.stored_name or keeps_patients(upload.organization_id):
            with contents_of(upload.stored_name) as contents:
                if isinstance(contents, Archive):
                    return {"files": _unpack(upload, run, contents)}
                _read(upload, run, contents)
    except UnreadableFile as error:
        raise ServiceError(ErrorCode.INVALID, error.message, field="file") from error
    if not keeps_patients(upload.organization_id):
        let_go(upload)
    return {
        "claims_created": upload.claims_created,
        "claims_updated": upload.claims_updated,
        "claims_unchanged": upload.claims_unchanged,
        "rows_quarantined": upload.rows_quarantined,
    }


def _read(upload: Upload, run: JobRun, contents: Contents) -> None:
    head = contents.head()
    recognition = recognise(head)
    if recognition.kind not in _READERS:
        raise ServiceError(ErrorCode.INVALID, recognition.detail, field="file")
    kind, label, reader = _READERS[recognition.kind]
    mapping = None
    if kind == UploadKind.CLAIMS_CSV:
        mapping = mending_mapping(upload, head)
        upload.source_mapping = None if mapping else remembered(upload.organization_id, head)
        mapping = mapping or mapping_of(upload.source_mapping)
        if keeps_patients(upload.organization_id):
            reader = partial(reader, settled=partial(keep_reading, upload))
        reader = partial(reader, mapping=mapping)
    mending = mapping is not None and mapping.mending is not None
    # Mended rows are no file of a source: they would be compared with whole exports.
    upload.kind, upload.source = kind, "" if mending else source_of(kind, head, mapping)
    upload.save(update_fields=["kind", "source", "source_mapping", "updated_at"])
    if kind == UploadKind.FHIR:
        # What a claim refers to may stand behind it.
        with contents_of(upload.stored_name) as same:
            first = _Progress(run, upload.size_bytes, "Reading names", same.read)
            reader = partial(reader, mentioned=Mentioned.in_file(first.told(cast(Contents, same).chunks)))
    progress = _Progress(run, upload.size_bytes, label, contents.read)
    # Of the day it came in, so that a run on another day reads the same.
    records = reader(progress.told(chain([head], contents.chunks)), today=_day_of(upload))
    if not keeps_patients(upload.organization_id):
        records = without_patients(records)
    try:
        Writer(upload, run).write(chain(contents.findings, records), progress.report)
    finally:
        # Whatever was committed is to be seen, even of a file that breaks off.
        rollup.fold(upload.organization_id, partial(run.progress_within, label="Adding up"), run.waiting())
    compare(upload)
    if mending:
        tell_mended(upload)
    upload.save(update_fields=["findings", "updated_at"])


def _unpack(upload: Upload, run: JobRun, archive: Archive) -> int:
    """Take in each file of an archive as an upload of its own, but those of an earlier run; returns how many there are.

    What is wrong with one is a finding, and stops no other; with all of them, it is raised.
    """
    if upload.container_id is not None:
        raise UnreadableFile("archive_in_archive", "This archive lies in an archive. Unpack it and upload its files.")
    upload.kind, upload.findings = UploadKind.ARCHIVE, []
    members = Upload.objects.for_organization(upload.organization_id).filter(container=upload)
    taken = set(members.values_list("member_number", flat=True))
    for number, member in enumerate(archive.members, 1):
        if number in taken:
            continue
        file = Upload(
            organization_id=upload.organization_id,
            file_name=_member_name(upload, member),
            uploaded_by_id=upload.uploaded_by_id,
            container=upload,
            member_number=number,
        )
        progress = _Progress(run, upload.size_bytes, "Unpacking", archive.read)
        try:
            _receive(system_actor(upload.organization_id), file, progress.told(member.chunks()))
            taken.add(number)
        except (UnreadableFile, ServiceError) as error:
            message = f"File {number} of {len(archive.members)} was not taken. {error.message}"
            upload.findings.append(asdict(Finding(number, "error", str(error.code).lower(), message)))
    if not taken:
        raise ServiceError(ErrorCode.INVALID, upload.findings[0]["message"], field="file")
    upload.save(update_fields=["kind", "findings", "updated_at"])
    return len(taken)


def _member_name(upload: Upload, member: Member) -> str:
    """Its folders and its name, or in a gzip the upload's without the last ending."""
    parts = [part for part in re.split(r"[/\\]", member.name) if part.strip(". ")]
    return clean_file_name(" - ".join(parts) or upload.file_name.rpartition(".")[0])


def _day_of(upload: Upload) -> date:
    return upload.created_at.date()


class _Progress:
    """Bytes of the upload handed to the reader, of all; told as they are read and whenever a batch is done."""

    def __init__(self, run: JobRun, total: int, label: str, done: Callable[[], int]) -> None:
        self._run, self._total, self._label, self._done = run, total, label, done

    def told(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk
            self.report()
        # Behind the file in an archive lie the archive's own notes.
        self._done = lambda: self._total

    def report(self) -> None:
        self._run.progress(self._done(), self._total, self._label)


def retry_upload(*, actor: Actor, upload_id: UUID) -> Upload:
    """Queue a failed or cancelled upload again. Raises FORBIDDEN, NOT_FOUND, CONFLICT where it did neither."""
    actor.require(Permission.UPLOADS_WRITE)
    with transaction.atomic():
        upload = (
            Upload.objects.for_organization(actor.organization_id).select_related("job").filter(pk=upload_id).first()
        )
        if upload is None or upload.job is None:
            raise not_found("upload")
        if upload.undo_job_id is not None or upload.undone_at is not None:
            message = "This upload was taken back. To have the file read, send it again."
            raise ServiceError(ErrorCode.CONFLICT, message, field="id")
        upload.job = jobs.retry(upload.job)
        audit.record(actor=actor, action="upload.retried", target_type="upload", target_id=upload.pk)
    return upload


def map_upload(*, actor: Actor, upload_id: UUID, mapping: TableMapping) -> Upload:
    """Remember how tables with the header of this upload are read, and read it again where no claim came of it.

    An upload that brought claims stays as it is: what was misread in it has to be undone first. Raises FORBIDDEN,
    NOT_FOUND, INVALID for a mapping claims cannot be read with, CONFLICT while the upload is being read and for one
    that repeats another.
    """
    actor.require(Permission.UPLOADS_WRITE)
    with transaction.atomic():
        uploads = Upload.objects.for_organization(actor.organization_id).select_for_update(of=("self",))
        upload = cast("Upload | None", uploads.select_related("job").filter(pk=upload_id).first())
        if upload is None or upload.job is None:
            raise not_found("upload")
        if not upload.job.finished:
            raise ServiceError(ErrorCode.CONFLICT, "The file is being read. Map it when that is over.", field="id")
        if upload.duplicate_of_id is not None:
            raise ServiceError(ErrorCode.CONFLICT, "The file was uploaded before. Map that upload.", field="id")
        fitted, header = mapping_for(upload, mapping)
        remember(actor=actor, mapping=fitted, header=header)
        if not (upload.claims_created or upload.claims_updated or upload.claims_unchanged):
            _read_anew(actor, upload)
    return upload


def _read_anew(actor: Actor, upload: Upload) -> None:
    RowError.objects.for_organization(actor.organization_id).filter(upload=upload).delete()
    for name in (
        "records_committed", "rows_read", "lines_read", "rows_quarantined", "rows_mended", "rows_dismissed",
        "billed_total", "paid_total",
    ):  # fmt: skip
        setattr(upload, name, 0)
    upload.quarantine_truncated, upload.findings = False, []
    upload.report, upload.reasons_since = {}, {}
    upload.job = jobs.enqueue(
        organization_id=actor.organization_id,
        kind=UPLOAD_JOB,
        parameters={"upload": str(upload.pk)},
        created_by_id=actor.user_id,
    )
    upload.save()
    audit.record(actor=actor, action="upload.retried", target_type="upload", target_id=upload.pk)
