"""A workbook as a stream of bytes.

openpyxl makes the workbook, the styles and each sheet's frame (views, widths, filter, printing); the rows are written
straight into the archive between the two halves of the frame. openpyxl's own write-only sheets go through a file in the
temporary folder, where patient data would lie in clear, and would stay after a crash.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain
from typing import Any, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from upstream.core import clock
from upstream.reports.excel.cells import Column, Kind, RowWriter, clean

ROWS_PER_SHEET = 1_048_576
# A part of a plain zip archive ends at 2 GiB; a sheet of very long texts goes on in the next one before that.
BYTES_PER_SHEET = 1_800_000_000
PIECE = 1 << 16
INK, PAPER = "FF17324D", "FFFFFFFF"
_FORMATS = {
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.MONEY: "#,##0.00",
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.0",
    Kind.SHARE: "0.0%",
    Kind.CERTAINTY: "0.0000%",
}


class Sheet(Protocol):
    """What is used of openpyxl's write-only sheet."""

    title: str
    freeze_panes: str
    print_title_rows: str
    column_dimensions: Any
    auto_filter: Any
    page_setup: Any
    sheet_properties: Any
    oddFooter: Any
    path: str
    _id: int


class _Pipe:
    """Where the archive is written: keeps what has come until it is taken.

    Not one of `io`'s classes: those close themselves when a workbook is given up half-way, before the archive does.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self.waiting = 0
        return data


class _Parts(ExcelWriter):  # type: ignore[misc]
    """Everything of a workbook but its sheets, which are in the archive already."""

    def _write_worksheets(self) -> None:
        for sheet in self.workbook.worksheets:
            self.manifest.append(sheet)


class WorkbookStream:
    """Write tables one after the other, then `finish`; each step yields the bytes that are ready.

    The memory it takes does not depend on the number of rows.
    """

    def __init__(self, *, title: str, author: str) -> None:
        self._book = Workbook(write_only=True)
        properties = self._book.properties
        properties.title, properties.creator = clean(title), clean(author)
        properties.created = properties.modified = clock.now().replace(tzinfo=None)
        self._pipe = _Pipe()
        self._archive = ZipFile(self._pipe, "w", ZIP_DEFLATED, compresslevel=4)  # type: ignore[call-overload]
        self._styles: dict[Kind, int] = {}
        self._header = 0
        self.rows = 0
        self.sheets_of_rows = 0
        self.cut = 0

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Any]],
        progress: Callable[[int], None],
    ) -> Iterator[bytes]:
        """A table under a frozen header with a filter; it goes on in "`name` (2)" where a sheet is full.

        `progress` hears how many rows are written, every few hundred rows.
        """
        remaining: Iterator[Sequence[Any]] = iter(rows)
        number, more = 1, True
        while more:
            sheet = self._sheet(name if number == 1 else f"{name} ({number})", columns)
            sheet.freeze_panes = "B2"
            sheet.print_title_rows = "1:1"
            before, _ = self._frame(sheet)
            writer = RowWriter([column.kind for column in columns], self._styles)
            with self._archive.open(sheet.path[1:], "w") as part:
                size = part.write(before)
                size += part.write(self._heading([column.heading for column in columns]))
                row, more = 1, False
                for values in remaining:
                    if row >= ROWS_PER_SHEET or size >= BYTES_PER_SHEET:
                        remaining, more = chain([values], remaining), True
                        break
                    row += 1
                    self.rows += 1
                    size += part.write(writer.row(row, values).encode())
                    if self._pipe.waiting >= PIECE:
                        yield self._pipe.take()
                    if self.rows % 500 == 0:
                        progress(self.rows)
                sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{row}"
                part.write(self._frame(sheet)[1])
            self.cut += writer.cut
            self.sheets_of_rows += 1
            number += 1
        progress(self.rows)

    def pairs(self, name: str, pairs: Iterable[tuple[str, str]]) -> Iterator[bytes]:
        """A sheet of two columns of text: what, and what of it."""
        columns = (Column("", Kind.TITLE, 24), Column("", Kind.LONG_TEXT, 96))
        sheet = self._sheet(name, columns)
        before, after = self._frame(sheet)
        writer = RowWriter([column.kind for column in columns], self._styles)
        with self._archive.open(sheet.path[1:], "w") as part:
            part.write(before)
            for number, pair in enumerate(pairs, 1):
                part.write(writer.row(number, pair).encode())
            part.write(after)
        yield self._pipe.take()

    def finish(self) -> Iterator[bytes]:
        _Parts(self._book, self._archive).save()
        yield self._pipe.take()

    def _sheet(self, title: str, columns: Sequence[Column]) -> Sheet:
        sheet: Sheet = self._book.create_sheet(title)
        sheet._id = len(self._book.worksheets)
        if not self._styles:
            self._prepare_styles(sheet)
        for number, column in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = column.width
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = False
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.oddFooter.center.text = "Page &P of &N"
        return sheet

    def _frame(self, sheet: Sheet) -> tuple[bytes, bytes]:
        """The sheet's XML before and after its rows."""
        out = BytesIO()
        writer = WorksheetWriter(sheet, out)
        writer.write()
        before, after = out.getvalue().split(b"<sheetData></sheetData>")
        return before + b"<sheetData>", b"</sheetData>" + after

    def _prepare_styles(self, sheet: Sheet) -> None:
        for kind in Kind:
            cell = WriteOnlyCell(sheet)
            cell.alignment = Alignment(vertical="top", wrap_text=kind is Kind.LONG_TEXT)
            if kind in _FORMATS:
                cell.number_format = _FORMATS[kind]
            if kind is Kind.LITERAL:
                cell.quotePrefix = 1
            if kind is Kind.TITLE:
                cell.font = Font(name="Calibri", bold=True)
            self._styles[kind] = cell.style_id
        heading = WriteOnlyCell(sheet)
        heading.font = Font(name="Calibri", bold=True, color=PAPER)
        heading.fill = PatternFill("solid", fgColor=INK)
        heading.alignment = Alignment(vertical="center", wrap_text=True)
        self._header = heading.style_id

    def _heading(self, headings: Sequence[str]) -> bytes:
        writer = RowWriter([Kind.TEXT] * len(headings), {**self._styles, Kind.TEXT: self._header})
        return writer.row(1, headings).encode()
