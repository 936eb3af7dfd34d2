"""How the table of an upload is read: what a person says of its columns, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast
from uuid import UUID

from upstream.audit import services as audit
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission
from upstream.intake.codes import parse_outcome
from upstream.intake.contents import Contents, contents_of
from upstream.intake.csv_columns import EMPTY_WORDS
from upstream.intake.csv_header import (
    FIELDS,
    Header,
    TableMapping,
    find_header,
    head_lines,
    header_digest,
    likely_header,
    missing_columns,
    outcome_word,
)
from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.csv_rows import read_rows
from upstream.intake.models import Upload
from upstream.intake.records import TEXT_LIMITS, ClaimRecord, Finding, Problem, UnreadableFile
from upstream.intake.remembered_mappings import mapping_of, remembered

#: Rows that are shown as they will be read, values of a column, and words of the outcome column.
PREVIEW_ROWS, SAMPLES, MOST_WORDS = 20, 4, 50
_LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True)
class UploadTable:
    """The table in an upload, and how it is read with `mapping`.

    names, samples: of each column, from the first 64 kB. unknown_outcomes: words of the outcome column that stand for
    no outcome by themselves. missing: what no column tells. rows: the first records and problems, none where something
    is missing; findings: what was noted on the way. All of it may be a patient's.
    """

    header: Header
    mapping: TableMapping
    remembered: bool
    samples: list[list[str]]
    unknown_outcomes: list[str]
    missing: list[str]
    rows: list[ClaimRecord | Problem]
    findings: list[Finding]


def upload_table(*, actor: Actor, upload_id: UUID, mapping: TableMapping | None = None) -> UploadTable:
    """The table of an upload as `mapping` has it read; without one as it is read today.

    The digest of `mapping` counts for nothing: it is taken for the upload's header. Reading is written to the audit
    trail. Raises FORBIDDEN without PHI_READ, NOT_FOUND, INVALID for what is no table or a mapping that does not fit.
    """
    actor.require(Permission.PHI_READ)
    upload = Upload.objects.for_organization(actor.organization_id).filter(pk=upload_id).first()
    if upload is None:
        raise not_found("upload")
    try:
        with contents_of(upload.stored_name) as contents:
            if not isinstance(contents, Contents):
                raise _no_table()
            head = contents.head()
            known = mapping_of(remembered(actor.organization_id, head))
            header = _header_of(head, known)
            wanted = fitting(mapping, header) if mapping else known or _suggested(header)
            header = cast(Header, find_header(head, wanted))
            missing = missing_columns(header.columns, wanted)
            rows, findings = [], []
            if not missing:
                chunks = chain([head], contents.chunks)
                for record in read_claims_csv(chunks, today=upload.created_at.date(), mapping=wanted):
                    if isinstance(record, Finding):
                        findings.append(record)
                        continue
                    rows.append(record)
                    if len(rows) == PREVIEW_ROWS:
                        break
    except UnreadableFile as error:
        raise ServiceError(ErrorCode.INVALID, error.message, field="id") from error
    audit.record(actor=actor, action="phi.read", target_type="upload", target_id=upload.pk)
    table = _rows_behind(head, header)
    words = _unknown_outcomes(table, header)
    return UploadTable(
        header,
        wanted,
        wanted == known,
        [_samples(table, column) for column in range(len(header.names))],
        list(dict.fromkeys((*wanted.outcome_words, *words)))[:MOST_WORDS],
        missing,
        rows,
        findings,
    )


def mapping_for(upload: Upload, mapping: TableMapping) -> tuple[TableMapping, Header]:
    """The mapping for the upload's header, and that header. Raises ServiceError INVALID where it cannot be read so."""
    try:
        with contents_of(upload.stored_name) as contents:
            if not isinstance(contents, Contents):
                raise _no_table()
            head = contents.head()
            header = _header_of(head, mapping_of(remembered(upload.organization_id, head)))
            fitted = fitting(mapping, header)
    except UnreadableFile as error:
        raise ServiceError(ErrorCode.INVALID, error.message, field="id") from error
    missing = missing_columns({name: column for column, name in enumerate(fitted.columns) if name}, fitted)
    if missing:
        raise ServiceError(ErrorCode.INVALID, f"Map a column to {' and '.join(missing)}.", field="columns")
    return fitted, header


def fitting(mapping: TableMapping, header: Header) -> TableMapping:
    """The mapping for this header. Raises ServiceError INVALID where it has other columns, or a field twice."""
    told = [name for name in mapping.columns if name]
    if len(mapping.columns) != len(header.names):
        message = f"The table has {len(header.names)} columns. Give the field of each, or nothing."
        raise ServiceError(ErrorCode.INVALID, message, field="columns")
    if set(told) - set(FIELDS):
        raise ServiceError(ErrorCode.INVALID, "There is no such field.", field="columns")
    if twice := next((name for name in told if told.count(name) > 1), ""):
        raise ServiceError(ErrorCode.INVALID, f"Two columns tell {twice}. Leave one of them alone.", field="columns")
    payer = " ".join(mapping.payer.split())
    if len(payer) > TEXT_LIMITS["payer_name"]:
        limit = TEXT_LIMITS["payer_name"]
        raise ServiceError(ErrorCode.INVALID, f"A payer's name has at most {limit} characters.", field="payer")
    words = {outcome_word(word): outcome for word, outcome in mapping.outcome_words.items()}
    if len(words) > MOST_WORDS:
        raise ServiceError(ErrorCode.INVALID, f"At most {MOST_WORDS} words can be mapped.", field="outcomeWords")
    return replace(mapping, header_digest=header_digest(header.names), outcome_words=words, payer=payer)


def _header_of(head: bytes, known: TableMapping | None) -> Header:
    header = find_header(head, known) if known else likely_header(head)
    if header is None:
        raise _no_table()
    return header


def _suggested(header: Header) -> TableMapping:
    field_of = {column: name for name, column in header.columns.items()}
    return TableMapping(
        header_digest(header.names), tuple(field_of.get(column, "") for column in range(len(header.names)))
    )


def _no_table() -> ServiceError:
    return ServiceError(
        ErrorCode.INVALID, "This file is no table with columns to map. Export the claims as CSV or Excel.", field="id"
    )


def _rows_behind(head: bytes, header: Header) -> list[list[str]]:
    rows = read_rows(head_lines(head), header.delimiter, header.widths)
    return [row[1] for row in rows if not isinstance(row, Problem) and row[0] > header.line_number]


def _samples(rows: Sequence[Sequence[str]], column: int) -> list[str]:
    cells = dict.fromkeys(row[column].strip()[:_LONGEST_SAMPLE] for row in rows if column < len(row))
    return [cell for cell in cells if cell][:SAMPLES]


def _unknown_outcomes(rows: Sequence[Sequence[str]], header: Header) -> list[str]:
    column = header.columns.get("outcome")
    if column is None:
        return []
    words = dict.fromkeys(outcome_word(row[column]) for row in rows if column < len(row))
    return [word for word in words if word not in EMPTY_WORDS and not _tells_outcome(word)]


def _tells_outcome(word: str) -> bool:
    try:
        parse_outcome(word)
    except ValueError:
        return False
    return True
