"""Rows that could not be taken: kept encrypted with their reason, handed out as a table to repair them in."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import cast
from uuid import UUID

from upstream.accounts.models import Organization
from upstream.claims import bulk
from upstream.core import clock
from upstream.intake.contents import Contents, contents_of
from upstream.intake.csv_header import Header, find_header
from upstream.intake.csv_reading import FORMULA_STARTS
from upstream.intake.models import RowError, RowState, Upload, UploadKind
from upstream.intake.records import Problem
from upstream.intake.rejected import HEADINGS, reading_of, token_of
from upstream.intake.remembered_mappings import mapping_of
from upstream.phi.fields import PhiTextField

#: Rows of one file that are kept; more are counted.
MOST_ROWS = 10_000

_PIECE_ROWS, _PIECE_LENGTH = 500, 64 * 1024
_NUMBER = re.compile(r"[+-]?[$]?\d[\d,]*(\.\d+)?")

_COLUMNS = (
    "id", "created_at", "updated_at", "organization_id", "upload_id", "line_number", "field", "code", "message", "raw",
    "first_reason", "state",
)  # fmt: skip


def keep(upload: Upload, problems: Sequence[Problem]) -> None:
    """Write problems in the caller's transaction and count them on the upload, which the caller saves."""
    if not problems:
        return
    now, owner, new_id = bulk.stored(clock.now()), bulk.stored(upload.organization_id), bulk.ordered_ids()
    encrypt = cast(PhiTextField, RowError._meta.get_field("raw")).encrypt
    room = max(0, MOST_ROWS - upload.rows_quarantined)
    rows = [
        (
            new_id(), now, now, owner, bulk.stored(upload.pk), problem.position, problem.field[:60],
            problem.code[:40], problem.message[:500], encrypt(problem.raw) if problem.raw else None,
            "[]", RowState.OPEN.value,
        )
        for problem in problems[:room]
    ]  # fmt: skip
    bulk.insert(RowError, _COLUMNS, rows)
    upload.rows_quarantined += len(problems)
    upload.quarantine_truncated = upload.rows_quarantined > MOST_ROWS


def quarantine_csv(organization: Organization | UUID, upload: Upload) -> Iterator[bytes]:
    """The rejected rows of an upload that stand open, as a CSV (UTF-8 with its mark), in the file's order, by pieces.

    Line, column, code and reason, then the row itself, as last tried: in its own columns under its own header where the
    file is a claims CSV, else as it stood. Where a mended row will be known again, the line is its token. Cells that a
    spreadsheet would take for a formula begin with an apostrophe; plain numbers, negative ones too, are left alone.
    """
    reading = reading_of(upload.organization_id, upload.pk)
    header = reading.header if reading is not None else _header_of(upload)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    names = list(header.names) if header is not None else ["row"]
    text.write("\ufeff")
    writer.writerow([without_formula(cell) for cell in (*HEADINGS, *names)])
    rows = RowError.objects.for_organization(organization).filter(upload_id=upload.pk, state=RowState.OPEN)
    for row in rows.order_by("line_number", "id").iterator(chunk_size=_PIECE_ROWS):
        cells = _cells_of(row.tried or row.raw or "", header)
        line = token_of(row) if reading is not None else str(row.line_number)
        writer.writerow([without_formula(cell) for cell in (line, row.field, row.code, row.message, *cells)])
        if text.tell() >= _PIECE_LENGTH:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _header_of(upload: Upload) -> Header | None:
    """The header of a claims CSV, read again from the stored file; None for other files."""
    if upload.kind != UploadKind.CLAIMS_CSV:
        return None
    with contents_of(upload.stored_name) as contents:
        if not isinstance(contents, Contents):
            return None
        return find_header(contents.head(), mapping_of(upload.source_mapping))


def _cells_of(raw: str, header: Header | None) -> list[str]:
    if header is None:
        return [raw]
    try:
        return next(csv.reader(io.StringIO(raw, newline=""), delimiter=header.delimiter), [])
    except csv.Error:
        return [raw]


def without_formula(cell: str) -> str:
    """The cell of a CSV so that no spreadsheet takes it for a formula; plain numbers stay as they are."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(cell) else cell
