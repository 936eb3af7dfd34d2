"""The stream itself: sheets, limits, memory, and giving up half-way."""

import gc
import tracemalloc
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from upstream.reports.excel import stream
from upstream.reports.excel.cells import Column, Kind
from upstream.reports.excel.stream import WorkbookStream

COLUMNS = (
    Column("Claim", Kind.TEXT, 20),
    Column("Submitted", Kind.DATE, 12),
    Column("Billed", Kind.MONEY, 13),
    Column("Sure", Kind.SHARE, 10),
    Column("Claims", Kind.COUNT, 10),
)


def rows(number: int) -> Iterator[tuple[Any, ...]]:
    for i in range(number):
        yield (f"RVS-{i}", date(2026, 3, 14), Decimal(i) / 100 + Decimal("0.10"), 0.25, i)


def written(number: int) -> tuple[WorkbookStream, BytesIO]:
    book = WorkbookStream(title="Claims: Northwind", author="Riverside Clinic")
    out = BytesIO()
    for pieces in (
        book.table("Claims", COLUMNS, rows(number), lambda done: None),
        book.pairs("About", []),
        book.finish(),
    ):
        for piece in pieces:
            out.write(piece)
    return book, out


def test_cells_have_types_and_formats() -> None:
    sheet = openpyxl.load_workbook(written(3)[1])["Claims"]
    assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
    claim, submitted, billed, sure, claims = sheet[2]
    assert (claim.data_type, claim.value) == ("s", "RVS-0")
    assert submitted.is_date and submitted.value.date() == date(2026, 3, 14)
    assert (submitted.number_format, billed.number_format) == ("yyyy-mm-dd", "#,##0.00")
    assert (billed.data_type, billed.value) == ("n", 0.1)
    assert (sure.number_format, sure.value) == ("0.0%", 0.25)
    assert (claims.number_format, claims.value) == ("#,##0", 0)


def test_the_heading_is_frozen_styled_filtered_and_repeated_in_print() -> None:
    sheet = openpyxl.load_workbook(written(3)[1])["Claims"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:E4"
    assert sheet["A1"].font.bold and sheet["A1"].fill.fgColor.rgb == stream.INK
    assert sheet.column_dimensions["A"].width == 20
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape"


def test_the_workbook_says_whose_it_is() -> None:
    properties = openpyxl.load_workbook(written(1)[1]).properties
    assert (properties.title, properties.creator) == ("Claims: Northwind", "Riverside Clinic")


def test_an_empty_table_is_a_heading() -> None:
    sheet = openpyxl.load_workbook(written(0)[1])["Claims"]
    assert sheet.max_row == 1
    assert sheet.auto_filter.ref == "A1:E1"


@pytest.mark.parametrize(("number", "sheets"), [(9, [10]), (10, [10, 2]), (18, [10, 10]), (20, [10, 10, 3])])
def test_rows_go_on_in_the_next_sheet_where_one_is_full(
    monkeypatch: pytest.MonkeyPatch, number: int, sheets: list[int]
) -> None:
    monkeypatch.setattr(stream, "ROWS_PER_SHEET", 10)
    book, out = written(number)
    workbook = openpyxl.load_workbook(out)
    names = ["Claims", *(f"Claims ({place})" for place in range(2, len(sheets) + 1))]
    assert workbook.sheetnames == [*names, "About"]
    assert [workbook[name].max_row for name in names] == sheets
    assert all(workbook[name]["A1"].value == "Claim" for name in names)
    assert [workbook[name].auto_filter.ref for name in names] == [f"A1:E{rows}" for rows in sheets]
    read = [row[0] for name in names for row in workbook[name].iter_rows(min_row=2, values_only=True)]
    assert read == [f"RVS-{i}" for i in range(number)]
    assert (book.rows, book.sheets_of_rows) == (number, len(sheets))


def test_a_sheet_of_too_many_bytes_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BYTES_PER_SHEET", 20_000)
    workbook = openpyxl.load_workbook(written(300)[1])
    assert len(workbook.sheetnames) > 3
    assert sum(workbook[name].max_row - 1 for name in workbook.sheetnames[:-1]) == 300


def test_excels_own_limit_is_the_limit() -> None:
    assert stream.ROWS_PER_SHEET == 1_048_576


def test_no_part_holds_a_formula_or_a_link_outside() -> None:
    with ZipFile(written(3)[1]) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b"<f>" not in content and b"<f " not in content, name
            assert b'TargetMode="External"' not in content, name


def test_progress_ends_at_the_number_of_rows() -> None:
    book = WorkbookStream(title="", author="")
    heard: list[int] = []
    for _ in book.table("Claims", COLUMNS, rows(1234), heard.append):
        pass
    assert heard == [500, 1000, 1234]


def test_a_table_given_up_half_way_leaves_nothing_behind(recwarn: pytest.WarningsRecorder) -> None:
    class LeaseLost(Exception):
        pass

    def stop(done: int) -> None:
        raise LeaseLost

    book = WorkbookStream(title="", author="")
    with pytest.raises(LeaseLost):
        list(book.table("Claims", COLUMNS, rows(600), stop))
    del book
    gc.collect()
    assert not recwarn.list


def _peak(number: int) -> int:
    """Bytes in use at most while a workbook of that many rows streams by."""
    tracemalloc.start()
    try:
        book = WorkbookStream(title="", author="")
        for pieces in (book.table("Claims", COLUMNS, rows(number), lambda done: None), book.finish()):
            for _ in pieces:
                pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows() -> None:
    _peak(10)  # what is loaded once is loaded now
    assert _peak(50_000) < 2 * _peak(5_000)
