"""How one table is read, kept so that a row of it can be read again just so; and the reading of a row."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from upstream.intake.csv_claims import RowParser
from upstream.intake.csv_columns import CellFault, ColumnParsers, Habits
from upstream.intake.csv_header import Header, Mending, TableMapping
from upstream.intake.csv_rows import LineReader, Row, read_rows
from upstream.intake.notes import Notes
from upstream.intake.records import MAX_RAW_LENGTH, ClaimRecord, Problem

#: A spreadsheet shows a cell that begins so as a formula; `quarantine` writes an apostrophe before it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TableReading:
    """Header, habits and mapping that the rows of one file were read with."""

    header: Header
    habits: Habits
    mapping: TableMapping | None = None

    def dumped(self) -> str:
        """As JSON, for `loaded`. The names of columns may be a patient's where a person took a row for the header."""
        content = asdict(self)
        widths = self.header.widths
        content["header"]["widths"] = [widths.start, widths.stop]
        return json.dumps(content)


def loaded(text: str) -> TableReading:
    """What `dumped` wrote."""
    content = json.loads(text)
    header, mapping = content["header"], content["mapping"]
    header |= {"names": tuple(header["names"]), "unused": tuple(header["unused"]), "widths": range(*header["widths"])}
    if mapping is not None:
        mending = mapping["mending"]
        mapping["columns"] = tuple(mapping["columns"])
        if mending is not None:
            mapping["mending"] = Mending(**(mending | {"places": tuple(mending["places"])}))
    return TableReading(Header(**header), Habits(**content["habits"]), mapping and TableMapping(**mapping))


class RowReader:
    """Reads the rows of one table, one by one."""

    def __init__(self, reading: TableReading, today: date, notes: Notes) -> None:
        header, mapping = reading.header, reading.mapping
        self._header = header
        self._names = list(header.names)
        self._mending = mapping.mending if mapping is not None else None
        self._parser = RowParser(header, ColumnParsers(header, reading.habits, today, notes, mapping))

    def read(self, row: Row | Problem) -> ClaimRecord | Problem | None:
        """The row as a claim of one line, or what is wrong with it; None for an empty row and a header told again."""
        if isinstance(row, Problem):
            return row
        line_number, cells, raw = row
        if self._mending is not None:
            return self._read_mended(self._mending, line_number, cells, raw)
        return self._read(line_number, cells, raw)

    def faults(self, cells: Sequence[str]) -> list[CellFault]:
        """Everything that is wrong with a row that has as many cells as the header; nothing where it is a claim."""
        asked = [*cells, ""]
        try:
            self._parser.parse(0, asked)
        except CellFault as fault:
            return self._parser.faults(asked, fault)
        return []

    def _read(self, line_number: int, cells: list[str], raw: str) -> ClaimRecord | Problem | None:
        names = self._names
        if len(cells) not in self._header.widths:
            blank = not any(cell.strip() for cell in cells)
            return None if blank else _misshapen(line_number, len(cells), len(names), raw)
        del cells[len(names) :]
        if cells == names:
            return None
        cells.append("")
        try:
            return self._parser.parse(line_number, cells)
        except CellFault as fault:
            if not any(cell.strip() for cell in cells):
                return None
            return self._parser.problem(line_number, cells, raw, fault)

    def _read_mended(
        self, mending: Mending, line_number: int, cells: list[str], raw: str
    ) -> ClaimRecord | Problem | None:
        token = cells[mending.token_column].strip() if mending.token_column < len(cells) else ""
        there = [""] * mending.width
        cells = [_unguarded(cell) for cell in cells]
        for place, cell in zip(mending.places, cells, strict=False):
            if place is not None:
                there[place] = cell
        told = self._read(line_number, cells, raw)
        if isinstance(told, ClaimRecord):
            told.mends = (token,)
        elif told is not None:
            told.mends, told.tried = token, joined(there, mending.delimiter)
        return told


def joined(cells: Sequence[str], delimiter: str) -> str:
    """A row of these cells as its text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return text.getvalue()[:-1]


def cells_of(raw: str, reading: TableReading) -> list[str]:
    """The cells of a row's text, as many as the header has at least."""
    try:
        cells = next(csv.reader(io.StringIO(raw, newline=""), delimiter=reading.header.delimiter), [])
    except csv.Error:
        cells = raw.split(reading.header.delimiter)
    return cells + [""] * (len(reading.header.names) - len(cells))


def read_again(
    reader: RowReader, reading: TableReading, line_number: int, cells: Sequence[str]
) -> ClaimRecord | Problem:
    """A row that somebody wrote anew, read on the way a line of the file takes."""
    width = len(reading.header.names)
    told = list(cells)
    while len(told) > width and not told[-1].strip():
        told.pop()
    text = joined(told, reading.header.delimiter)
    lines = LineReader([f"{text}\n".encode(errors="replace")], Notes())
    rows = list(read_rows(lines, reading.header.delimiter, reading.header.widths))
    row = next((each for each in rows if isinstance(each, Problem)), rows[0] if rows else None)
    answer: ClaimRecord | Problem | None
    if isinstance(row, Problem):
        answer = Problem(line_number, row.field, row.code, row.message, row.raw)
    else:
        answer = row and reader.read((line_number, row[1], row[2]))
    message = "The row holds no claim. Fill in its cells, or close it as not a claim."
    return answer or Problem(line_number, "", "empty_row", message, text[:MAX_RAW_LENGTH])


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _misshapen(line_number: int, cells: int, width: int, raw: str) -> Problem:
    message = (
        f"The row has {cells} cells where the header has {width}. Put quotation marks around a cell that holds the "
        "delimiter, or add the missing cells."
    )
    return Problem(line_number, "", "cell_count", message, raw[:MAX_RAW_LENGTH])
