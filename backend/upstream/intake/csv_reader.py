"""Reads a claims CSV: finds its header, learns how it writes dates and amounts, and yields its claims."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import chain

from upstream.intake.csv_claims import LineGatherer
from upstream.intake.csv_columns import habits_of
from upstream.intake.csv_header import Header, TableMapping, find_header, require_columns
from upstream.intake.csv_reading import RowReader, TableReading
from upstream.intake.csv_rows import LineReader, Row, read_rows
from upstream.intake.notes import Notes
from upstream.intake.records import ClaimRecord, Finding, Problem, UnreadableFile

#: Rows looked at ahead to learn the habits of a file, and the characters they may have together.
SAMPLE_ROWS = 2_000
SAMPLE_LENGTH = 4_000_000


def _nothing_more(reading: TableReading) -> None:
    pass


def read_claims_csv(
    chunks: Iterable[bytes],
    *,
    today: date,
    mapping: TableMapping | None = None,
    settled: Callable[[TableReading], None] = _nothing_more,
) -> Iterator[ClaimRecord | Problem | Finding]:
    """Claims of a CSV in the file's order, with a Problem for every row that cannot be taken.

    chunks is read once, in constant memory. mapping: what a person said of files with this header; it goes before what
    the file shows. `settled` is told how the rows are read, before the first one is. Dates after `today` + 366 days are
    not believed. Neighbouring rows of one claim that carry line numbers become one claim. Raises UnreadableFile where
    there is no header, a required column is missing, or a line never ends.
    """
    notes = Notes()
    lines = LineReader(chunks, notes)
    header = _header(lines.head, mapping)
    rows = read_rows(lines, header.delimiter, header.widths)
    body = (row for row in rows if (row.position if isinstance(row, Problem) else row[0]) > header.line_number)
    sample = _sample(body)
    habits = habits_of([row[1] for row in sample if not isinstance(row, Problem)], header, mapping)
    if habits.contradictory_dates:
        message = "Some dates begin with the month, some with the day; all were read month first. Write YYYY-MM-DD."
        notes.add(header.line_number, "warning", "date_habit", message)
    elif habits.day_first and (mapping is None or mapping.day_first is None):
        message = "Dates with slashes were read day first, as the file shows."
        notes.add(header.line_number, "info", "date_habit", message)
    mending = mapping is not None and mapping.mending is not None
    if mending:
        message = "These are rejected rows of an earlier upload; they were read as that upload was."
        notes.add(header.line_number, "info", "rejected_rows", message)
    elif mapping is not None:
        notes.add(header.line_number, "info", "mapped_columns", "Columns were read as a person mapped them.")
    if header.unused and not mending:
        message = f"Columns that were not read: {', '.join(name[:40] for name in header.unused[:20])}."
        notes.add(header.line_number, "info", "unused_columns", message)
    reading = TableReading(header, habits, mapping)
    settled(reading)
    yield from _claims(chain(sample, body), RowReader(reading, today, notes), notes, header.line_number)


def _header(head: bytes, mapping: TableMapping | None) -> Header:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
        raise UnreadableFile("empty", "The file is empty.")
    header = find_header(head, mapping)
    if header is None:
        # Names are not repeated here: without a header the first row may be a patient's.
        raise UnreadableFile(
            "no_header",
            "No header row was found in the first lines. The first row must name the columns, at least payer, "
            "procedure_code, submitted_date and outcome, parted by commas, semicolons, tabs or bars. Map "
            "columns of other names.",
            1,
        )
    require_columns(header, mapping)
    return header


def _sample(rows: Iterator[Row | Problem]) -> list[Row | Problem]:
    sample: list[Row | Problem] = []
    length = 0
    for row in rows:
        sample.append(row)
        length += len(row.raw if isinstance(row, Problem) else row[2])
        if len(sample) >= SAMPLE_ROWS or length >= SAMPLE_LENGTH:
            break
    return sample


def _claims(
    rows: Iterable[Row | Problem], reader: RowReader, notes: Notes, last_line: int
) -> Iterator[ClaimRecord | Problem | Finding]:
    gatherer = LineGatherer()
    yield from notes.drain()
    for row in rows:
        last_line = row.position if isinstance(row, Problem) else row[0]
        told = reader.read(row)
        if told is None:
            continue
        if isinstance(told, Problem):
            yield told
            continue
        if told.line_keyed:
            yield from gatherer.add(told)
        else:
            yield from gatherer.close()
            yield told
        if notes.waiting:
            yield from notes.drain()
    yield from gatherer.close()
    yield from notes.close(last_line)
