"""Rejected rows on their way back: how a downloaded row is known again, and what closes and opens rows.

A downloaded row carries, in its first cell, its line, its id and a signature over both for its organization. The
cell stays with the row when a person sorts, deletes or gathers rows of several downloads in one sheet, which neither a
file name nor a mark in the heading would; and no typed number can close a row by mistake.
"""

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import cast
from uuid import UUID

from django.core.signing import BadSignature, Signer

from upstream.claims import bulk
from upstream.core import clock
from upstream.intake import report
from upstream.intake.csv_header import Mending, TableMapping, head_rows, header_digest
from upstream.intake.csv_reading import TableReading, loaded
from upstream.intake.models import RowError, RowState, Upload, UploadReading
from upstream.intake.records import MAX_RAW_LENGTH, ClaimRecord, Finding, Problem
from upstream.phi.fields import PhiTextField

#: What the download puts before the columns of the file.
HEADINGS = ("rejected line", "column", "code", "reason")


def token_of(row: RowError) -> str:
    """The first cell of a downloaded row: `LINE.ID.SIGNATURE`."""
    identity = base64.urlsafe_b64encode(row.pk.bytes).decode().rstrip("=")
    return _signer(row.organization_id).sign(f"{row.line_number}.{identity}")


def _row_id(organization_id: UUID, token: str) -> UUID | None:
    """The row that a token of this organization names; None for any other text."""
    try:
        identity = _signer(organization_id).unsign(token).rpartition(".")[2]
    except BadSignature:
        return None
    return UUID(bytes=base64.urlsafe_b64decode(identity + "=="))


def _signer(organization_id: UUID) -> Signer:
    return Signer(salt=f"rejected row of {organization_id}", sep=".")


def keep_reading(upload: Upload, reading: TableReading) -> None:
    """Keep how the rows of an upload are read."""
    UploadReading.objects.for_organization(upload.organization_id).update_or_create(
        organization_id=upload.organization_id, upload=upload, defaults={"reading": reading.dumped()}
    )


def reading_of(organization_id: UUID, upload_id: UUID) -> TableReading | None:
    """None for what is no table, and for tables that were read before this was kept."""
    kept = UploadReading.objects.for_organization(organization_id).filter(upload_id=upload_id).first()
    return loaded(kept.reading) if kept is not None else None


def mending_mapping(upload: Upload, head: bytes) -> TableMapping | None:
    """How a file of downloaded rejected rows is read: as the upload they come from. None for any other file.

    Columns may have been moved or deleted. Raises UnreadableFile for UTF-32.
    """
    for _, group in groupby(head_rows(head), key=lambda row: row[1]):
        names: list[str] = []
        token_column = 0
        for _, _, cells, _ in group:
            if not names and HEADINGS[0] in cells:
                names, token_column = cells, cells.index(HEADINGS[0])
            elif names and token_column < len(cells):
                reading = _reading_behind(upload.organization_id, cells[token_column].strip())
                if reading is not None:
                    return _mapping(names, token_column, reading)
    return None


def _reading_behind(organization_id: UUID, token: str) -> TableReading | None:
    row_id = _row_id(organization_id, token)
    row = RowError.objects.for_organization(organization_id).filter(pk=row_id).first() if row_id else None
    return reading_of(organization_id, row.upload_id) if row is not None else None


def _mapping(names: Sequence[str], token_column: int, reading: TableReading) -> TableMapping:
    header, habits = reading.header, reading.habits
    left = defaultdict(list)
    for column, name in enumerate(header.names):
        left[name.strip()].append(column)
    # A column of the file may be called like one of the download's, which then stands before it.
    added = Counter({name: names.count(name) - len(left[name]) for name in HEADINGS})
    places: list[int | None] = []
    for name in names:
        ours = added[name] > 0
        added[name] -= ours
        there = left[name.strip()]
        places.append(None if ours or not there else there.pop(0))
    field_of = {column: name for name, column in header.columns.items()}
    told = reading.mapping
    return TableMapping(
        header_digest=header_digest(names),
        columns=tuple("" if place is None else field_of.get(place, "") for place in places),
        day_first=habits.day_first,
        decimal_mark=habits.decimal_mark,
        outcome_words=told.outcome_words if told is not None else {},
        payer=told.payer if told is not None else "",
        mending=Mending(token_column, tuple(places), len(header.names), header.delimiter),
    )


def settle_by(upload: Upload, claims: Iterable[ClaimRecord], problems: list[Problem], now: datetime) -> list[Problem]:
    """Close the open rows that `upload` mends, in the caller's transaction; returns the problems that are its own.

    A problem with an open row of an earlier upload stays that row's, with its new reason.
    """
    home = upload.organization_id
    mended = {_row_id(home, token) for claim in claims for token in claim.mends}
    tries = {_row_id(home, problem.mends): problem for problem in problems if problem.mends}
    rows = _open_rows(upload, (mended | set(tries)) - {None})
    closed = [row for row in rows.values() if row.pk in mended]
    tried = [row for row in rows.values() if row.pk not in mended]
    for row in tried:
        problem = tries[row.pk]
        keep_try(row.upload, row, problem, problem.tried, by=upload)
    settle(closed, RowState.MENDED, now=now, by_user=upload.uploaded_by_id, by_upload=upload)
    save_tries(tried)
    _save_counts(row.upload for row in rows.values())
    theirs = {row.pk for row in tried}
    return [problem for problem in problems if not (problem.mends and _row_id(home, problem.mends) in theirs)]


def _open_rows(upload: Upload, row_ids: Collection[UUID | None]) -> dict[UUID, RowError]:
    """Those that stand open in other uploads, which are locked and shared by their rows."""
    if not row_ids:
        return {}
    rows = RowError.objects.for_organization(upload.organization_id).filter(pk__in=row_ids, state=RowState.OPEN)
    found = rows.exclude(upload=upload).values_list("upload_id", flat=True)
    uploads = _locked(upload.organization_id, set(found))
    standing = {pk: each for pk, each in uploads.items() if each.undo_job_id is None and each.undone_at is None}
    # Anew, now that nobody else can settle them.
    again = list(rows.filter(upload_id__in=standing))
    for row in again:
        row.upload = standing[row.upload_id]
    return {row.pk: row for row in again}


def _locked(organization_id: UUID, upload_ids: Collection[UUID]) -> dict[UUID, Upload]:
    uploads = Upload.objects.for_organization(organization_id).filter(pk__in=upload_ids)
    return {upload.pk: upload for upload in uploads.order_by("pk").select_for_update()}


def settle(
    rows: Sequence[RowError],
    state: RowState,
    *,
    now: datetime,
    by_user: UUID | None,
    by_upload: Upload | None = None,
) -> None:
    """Close open rows and count it on their uploads, which the caller has locked and saves."""
    for row in rows:
        upload = row.upload
        if state == RowState.MENDED:
            upload.rows_mended += 1
        else:
            upload.rows_dismissed += 1
        report.recount(upload.report, upload.reasons_since, [(row.field, row.code)])
        row.state, row.settled_at, row.settled_by_id, row.mended_by = state, now, by_user, by_upload
    _save_rows(rows, ["state", "settled_at", "settled_by", "mended_by"])


def reopen(rows: Sequence[RowError]) -> None:
    """The opposite of `settle`."""
    for row in rows:
        upload = row.upload
        if row.state == RowState.MENDED:
            upload.rows_mended -= 1
        else:
            upload.rows_dismissed -= 1
        report.recount(upload.report, upload.reasons_since, [], [(row.field, row.code)])
        row.state, row.settled_at, row.settled_by_id, row.mended_by = RowState.OPEN, None, None, None
    _save_rows(rows, ["state", "settled_at", "settled_by", "mended_by"])


def keep_try(upload: Upload, row: RowError, problem: Problem, text: str, *, by: Upload | None) -> None:
    """Put a failed try and its reason on the row; the caller saves both. A text too long to keep is not kept."""
    report.recount(upload.report, upload.reasons_since, [(row.field, row.code)], [(problem.field, problem.code)])
    row.first_reason = row.first_reason or [row.field, row.code, row.message]
    row.field, row.code, row.message = problem.field[:60], problem.code[:40], problem.message[:500]
    row.tried, row.tried_by = text if len(text) < MAX_RAW_LENGTH else row.tried, by


def save_tries(rows: Sequence[RowError]) -> None:
    """Write what `keep_try` put on rows; `tried` is encrypted here, as Django's bulk_update would do it twice."""
    encrypt = cast(PhiTextField, RowError._meta.get_field("tried")).encrypt
    now = bulk.stored(clock.now())
    bulk.upsert(
        RowError,
        ("id", "created_at", "updated_at", "organization_id", "upload_id", "line_number", *_TRY_COLUMNS, "state"),
        [
            (
                bulk.stored(row.pk), bulk.stored(row.created_at), now, bulk.stored(row.organization_id),
                bulk.stored(row.upload_id), row.line_number, row.field, row.code, row.message, encrypt(row.tried),
                None if row.tried_by is None else bulk.stored(row.tried_by.pk), json.dumps(row.first_reason), row.state,
            )
            for row in rows
        ],
        key=("id",),
        replaced=("updated_at", *_TRY_COLUMNS),
    )  # fmt: skip


_TRY_COLUMNS = ("field", "code", "message", "tried", "tried_by_id", "first_reason")


def open_again(upload: Upload) -> None:
    """Undo what an upload that is taken back did to rows of others, in the caller's transaction."""
    own = RowError.objects.for_organization(upload.organization_id)
    touched = own.filter(mended_by=upload) | own.filter(tried_by=upload)
    uploads = _locked(upload.organization_id, set(touched.exclude(upload=upload).values_list("upload_id", flat=True)))
    rows = list(touched.filter(upload_id__in=uploads))
    for row in rows:
        row.upload = uploads[row.upload_id]
    reopen([row for row in rows if row.mended_by_id == upload.pk])
    tried = [row for row in rows if row.tried_by_id == upload.pk]
    for row in tried:
        field, code, message = row.first_reason
        if row.state == RowState.OPEN:
            report.recount(row.upload.report, row.upload.reasons_since, [(row.field, row.code)], [(field, code)])
        row.field, row.code, row.message = field, code, message
        row.tried, row.tried_by, row.first_reason = None, None, []
    save_tries(tried)
    _save_counts(uploads.values())


def _save_rows(rows: Sequence[RowError], names: Sequence[str]) -> None:
    if rows:
        RowError.unscoped.bulk_update(rows, names, batch_size=500)


def _save_counts(uploads: Iterable[Upload]) -> None:
    for upload in {upload.pk: upload for upload in uploads}.values():
        save_counts(upload)


def save_counts(upload: Upload) -> None:
    upload.save(update_fields=["rows_mended", "rows_dismissed", "reasons_since", "updated_at"])


def tell_mended(upload: Upload) -> None:
    """Put among an upload's findings, anew each time, how many rows of earlier ones it mended and how many it did not.

    The caller saves them.
    """
    rows = RowError.objects.for_organization(upload.organization_id)
    mended = rows.filter(mended_by=upload).count()
    open_ = rows.filter(tried_by=upload, state=RowState.OPEN).count()
    upload.findings = [found for found in upload.findings if found["code"] != "rows_mended"]
    message = f"{mended:,} rejected rows of earlier uploads were mended by this file."
    if open_:
        message += f" {open_:,} still cannot be read: they stay open there, with what is wrong with them now."
    upload.findings.append(asdict(Finding(0, "info", "rows_mended", message)))
