"""Rejected rows mended in place, or closed as no claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from upstream.audit import services as audit
from upstream.claims import rollup
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import JobState
from upstream.core.worker import JobRun
from upstream.graph.permissions import Permission
from upstream.intake import rejected
from upstream.intake.csv_claims import LineGatherer
from upstream.intake.csv_columns import CellFault
from upstream.intake.csv_reading import RowReader, TableReading, cells_of, joined, read_again
from upstream.intake.csv_rows import MAX_ROW_LENGTH
from upstream.intake.models import RowError, RowState, Upload
from upstream.intake.notes import Notes
from upstream.intake.records import MAX_RAW_LENGTH, ClaimRecord, Problem
from upstream.intake.services import DETECTION_JOB
from upstream.intake.writer.writer import Record, Writer

#: Rows that one change mends at once; the rest stay open for the next.
MOST_AT_ONCE = 1_000

_NO_TABLE = "This row stands in no table. Mend it where the file comes from, and upload the new file."
_READ_LONG_AGO = "This file was read before rows could be mended here. Download the rows, mend them, and upload them."
_CUT_OFF = "The row is too long to be kept whole. Mend it in the file, and upload that."


@dataclass(frozen=True, slots=True)
class RejectedCell:
    """A cell under its heading. alike: open rows of the upload, this one included, with a faulty cell's text here."""

    name: str
    field: str
    text: str
    faults: list[str]
    alike: int


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A rejected row with its cells as last tried; without cells, `hindrance` says why it is not mended here."""

    row: RowError
    cells: list[RejectedCell] = field(default_factory=list)
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of a change: how many rows it mended, how many of those it should have are wrong still; or the faults
    of the row, by which nothing was mended."""

    row: RowError
    mended: int = 0
    left: int = 0
    faults: list[CellFault] = field(default_factory=list)


def rejected_row(*, actor: Actor, row_id: UUID) -> RejectedRow:
    """A rejected row to be mended; reading its cells is written to the audit trail.

    Raises FORBIDDEN without PHI_READ and QUARANTINE_READ, NOT_FOUND.
    """
    actor.require(Permission.PHI_READ)
    actor.require(Permission.QUARANTINE_READ)
    rows = RowError.objects.for_organization(actor.organization_id)
    row = rows.select_related("upload__job").filter(pk=row_id).first()
    if row is None:
        raise not_found("row")
    reading = rejected.reading_of(actor.organization_id, row.upload_id)
    hindrance = _hindrance(row)
    if reading is None or hindrance:
        return RejectedRow(row, hindrance=hindrance or (_READ_LONG_AGO if _is_table(row.upload) else _NO_TABLE))
    cells = cells_of(_text(row), reading)
    faults = _faults_of(_reader(row.upload, reading), reading, row.line_number, cells)
    told: dict[str, list[str]] = {}
    for fault in faults:
        told.setdefault(fault.field, []).append(fault.message)
    field_of = {column: name for name, column in reading.header.columns.items()}
    faulty = [column for column in range(len(cells)) if field_of.get(column, "") in told]
    alike = _alike(row, reading, cells, faulty)
    names = [*reading.header.names, *[""] * (len(cells) - len(reading.header.names))]
    detail = {"upload": str(row.upload_id)}
    audit.record(actor=actor, action="phi.read", target_type="row_error", target_id=row.pk, detail=detail)
    return RejectedRow(
        row,
        [
            RejectedCell(
                names[column].strip(),
                field_of.get(column, ""),
                text,
                told.get(field_of.get(column, "-"), []),
                alike.get(column, 0),
            )
            for column, text in enumerate(cells)
        ],
    )


def mend_row(*, actor: Actor, row_id: UUID, cells: Sequence[str], everywhere: Sequence[int] = ()) -> Mended:
    """Read a rejected row again with these cells, as the file was read, and write its claim as of the same upload.

    everywhere: columns whose new cell replaces the same old text in all open rows of the upload, of which MOST_AT_ONCE
    are mended at once. What is wrong still is kept with its new reason. Raises FORBIDDEN without UPLOADS_WRITE,
    PHI_READ and QUARANTINE_READ, NOT_FOUND, INVALID for a row that cannot be mended here or is too long, CONFLICT for
    one that is not open, or whose upload is being taken back or was not read to its end.
    """
    for permission in (Permission.UPLOADS_WRITE, Permission.PHI_READ, Permission.QUARANTINE_READ):
        actor.require(permission)
    with transaction.atomic():
        rollup.one_writer(actor.organization_id)
        row = _open_row(actor, row_id)
        reading = rejected.reading_of(actor.organization_id, row.upload_id)
        if reading is None or _hindrance(row):
            message = _hindrance(row) or (_READ_LONG_AGO if _is_table(row.upload) else _NO_TABLE)
            raise ServiceError(ErrorCode.INVALID, message, field="id")
        if sum(map(len, cells)) > MAX_ROW_LENGTH:
            message = f"The row is longer than {MAX_ROW_LENGTH:,} characters. Shorten it."
            raise ServiceError(ErrorCode.INVALID, message, field="cells")
        # JSON may bring halves of letters, which no file can.
        cells = [cell.encode(errors="replace").decode() for cell in cells]
        before = cells_of(_text(row), reading)
        changes = {
            column: (before[column], cells[column])
            for column in everywhere
            if 0 <= column < min(len(cells), len(before))
        }
        answer = _mend(actor, row, reading, cells, changes)
    if answer.mended:
        rollup.fold(actor.organization_id)
        jobs.enqueue_unless_waiting(
            organization_id=actor.organization_id, kind=DETECTION_JOB, parameters={"because": "mending"}
        )
    return answer


@transaction.atomic
def dismiss_row(*, actor: Actor, row_id: UUID) -> RowError:
    """Close a row as no claim. Raises FORBIDDEN without UPLOADS_WRITE and QUARANTINE_READ, NOT_FOUND, CONFLICT."""
    row = _open_row(actor, row_id)
    rejected.settle([row], RowState.DISMISSED, now=clock.now(), by_user=actor.user_id)
    rejected.save_counts(row.upload)
    audit.record(actor=actor, action="rejected_row.dismissed", target_type="row_error", target_id=row.pk)
    return row


@transaction.atomic
def reopen_row(*, actor: Actor, row_id: UUID) -> RowError:
    """Open a row again that was closed as no claim. Raises as `dismiss_row`, CONFLICT also for a mended row."""
    row = _locked_row(actor, row_id)
    if row.state != RowState.DISMISSED:
        message = "Only a row that was closed as not a claim can be opened again."
        raise ServiceError(ErrorCode.CONFLICT, message, field="id")
    rejected.reopen([row])
    rejected.save_counts(row.upload)
    audit.record(actor=actor, action="rejected_row.reopened", target_type="row_error", target_id=row.pk)
    return row


def _open_row(actor: Actor, row_id: UUID) -> RowError:
    row = _locked_row(actor, row_id)
    if row.state == RowState.OPEN:
        return row
    how = "mended" if row.state == RowState.MENDED else "closed as not a claim"
    raise ServiceError(ErrorCode.CONFLICT, f"This row was {how} already. Load the page again.", field="id")


def _locked_row(actor: Actor, row_id: UUID) -> RowError:
    """The row as it stands once its upload is locked, which everything that settles rows does first."""
    actor.require(Permission.UPLOADS_WRITE)
    actor.require(Permission.QUARANTINE_READ)
    rows = RowError.objects.for_organization(actor.organization_id).filter(pk=row_id)
    uploads = Upload.objects.for_organization(actor.organization_id).select_for_update(of=("self",))
    upload = uploads.select_related("job").filter(pk__in=rows.values("upload_id")).first()
    row = rows.first()
    if upload is None or row is None:
        raise not_found("row")
    if upload.undo_job_id is not None or upload.undone_at is not None:
        raise ServiceError(ErrorCode.CONFLICT, "The upload of this row is being taken back.", field="id")
    if upload.job is None or upload.job.state != JobState.SUCCEEDED:
        message = "The file of this row was not read to its end. Have it read first."
        raise ServiceError(ErrorCode.CONFLICT, message, field="id")
    row.upload = upload
    return row


def _is_table(upload: Upload) -> bool:
    return upload.kind == "CLAIMS_CSV"


def _hindrance(row: RowError) -> str:
    return _CUT_OFF if row.tried is None and len(row.raw or "") >= MAX_RAW_LENGTH else ""


def _text(row: RowError) -> str:
    return row.tried or row.raw or ""


def _reader(upload: Upload, reading: TableReading, notes: Notes | None = None) -> RowReader:
    return RowReader(reading, upload.created_at.date(), notes or Notes())


def _faults_of(reader: RowReader, reading: TableReading, line_number: int, cells: Sequence[str]) -> list[CellFault]:
    """What keeps the row from being read, by cell, or as a whole where it cannot be taken apart."""
    told = read_again(reader, reading, line_number, cells)
    if not isinstance(told, Problem):
        return []
    if not told.field:
        return [CellFault("", told.code, told.message)]
    return reader.faults(cells[: len(reading.header.names)])


def _alike(row: RowError, reading: TableReading, cells: Sequence[str], columns: Sequence[int]) -> dict[int, int]:
    if not columns:
        return {}
    counts = dict.fromkeys(columns, 0)
    for other in _open_rows_of(row.upload).iterator(chunk_size=500):
        there = cells if other.pk == row.pk else cells_of(_text(other), reading)
        for column in columns:
            counts[column] += column < len(there) and there[column].strip() == cells[column].strip()
    return counts


def _open_rows_of(upload: Upload) -> QuerySet[RowError]:
    rows = RowError.objects.for_organization(upload.organization_id).filter(upload=upload, state=RowState.OPEN)
    return rows.order_by("line_number", "id")


def _mend(
    actor: Actor, row: RowError, reading: TableReading, cells: list[str], changes: Mapping[int, tuple[str, str]]
) -> Mended:
    upload, notes = row.upload, Notes()
    reader = _reader(upload, reading, notes)
    told = read_again(reader, reading, row.line_number, cells)
    if isinstance(told, Problem):
        faults = _faults_of(reader, reading, row.line_number, cells)
        _keep(reading, [(row, told, cells)])
        rejected.save_counts(upload)
        audit.record(actor=actor, action="rejected_row.edited", target_type="row_error", target_id=row.pk)
        return Mended(row, faults=faults)
    read = [(row, told)]
    wrong: list[tuple[RowError, Problem, list[str]]] = []
    left = 0
    for other in _open_rows_of(upload).exclude(pk=row.pk).iterator(chunk_size=500) if changes else ():
        there = cells_of(_text(other), reading)
        changed = [
            changes[column][1] if column in changes and cell.strip() == changes[column][0].strip() else cell
            for column, cell in enumerate(there)
        ]
        if changed == there or _hindrance(other):
            continue
        if len(read) == MOST_AT_ONCE:
            left += 1
            continue
        other.upload = upload
        another = read_again(reader, reading, other.line_number, changed)
        if isinstance(another, Problem):
            wrong.append((other, another, changed))
        else:
            read.append((other, another))
    _keep(reading, wrong)
    _write(upload, [claim for _, claim in sorted(read, key=lambda each: each[0].line_number)], notes)
    rejected.settle([each for each, _ in read], RowState.MENDED, now=clock.now(), by_user=actor.user_id)
    rejected.save_counts(upload)
    detail = {"upload": str(upload.pk), "rows": len(read)}
    audit.record(actor=actor, action="rejected_row.mended", target_type="row_error", target_id=row.pk, detail=detail)
    return Mended(row, mended=len(read), left=left + len(wrong))


def _keep(reading: TableReading, tries: Sequence[tuple[RowError, Problem, list[str]]]) -> None:
    for row, problem, cells in tries:
        rejected.keep_try(row.upload, row, problem, joined(cells, reading.header.delimiter), by=None)
    rejected.save_tries([row for row, _, _ in tries])


class _InRequest(JobRun):
    """The writer's run where no job runs: the request's transaction is the fence."""

    def __init__(self) -> None:
        pass

    def fence(self) -> None:
        pass


def _write(upload: Upload, claims: Sequence[ClaimRecord], notes: Notes) -> None:
    """Write claims as the upload's own. Their rows were counted as read already, when they were rejected."""
    rows_read, committed = upload.rows_read, upload.records_committed
    told = {finding["code"] for finding in upload.findings}
    gatherer, records = LineGatherer(), list[Record]()
    for claim in claims:
        records += gatherer.add(claim)
    records += [*gatherer.close(), *(finding for finding in notes.drain() if finding.code not in told)]
    # None of these was committed by the run that read the file.
    upload.records_committed = 0
    Writer(upload, _InRequest()).write(records, lambda: None)
    upload.rows_read, upload.records_committed = rows_read, committed
    upload.save(update_fields=["rows_read", "records_committed", "updated_at"])
