"""Reads an Excel workbook in a process of its own: its bytes on standard input, its claims as CSV on standard output.

A workbook of a few kilobytes can unfold to any size: one cell in the last corner of a sheet, or a million cells that
point at one long text. Whatever it tells of itself, this process has so much memory and time and no more. The first
line is JSON: {"rows": rows of the sheet with the claims, "others": numbers of other sheets with claims}, or {"error":
code}; the sheet's rows follow, each in a line of its own.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from upstream.intake.csv_header import HEADER_ROWS, find_header, likely_header

MOST_MEMORY_BYTES = 1 << 30
MOST_SECONDS = 300


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="replace", newline="\n", write_through=False)
    try:
        workbook = CalamineWorkbook.from_filelike(sys.stdin.buffer)
        sheets = dict(_claims_sheets(workbook))
    except CalamineError:
        out.write(json.dumps({"error": "damaged"}))
    else:
        if sheets:
            first, *others = sheets
            sheet = sheets[first]
            out.write(json.dumps({"rows": sheet.total_height, "others": others}) + "\n")
            csv.writer(out, lineterminator="\n").writerows(_rows(sheet))
        else:
            out.write(json.dumps({"error": "no_header"}))
    out.flush()


def _claims_sheets(workbook: CalamineWorkbook) -> Iterator[tuple[int, CalamineSheet]]:
    """The sheets, by their place in the workbook, whose first rows name columns of claims; hidden ones are left out.

    Where there is none, the first that looks like a table, whose columns a person may map.
    """
    likely: tuple[int, CalamineSheet] | None = None
    none_found = True
    for number, sheet in enumerate(workbook.sheets_metadata, start=1):
        if sheet.typ != SheetTypeEnum.WorkSheet or sheet.visible != SheetVisibleEnum.Visible:
            continue
        found = workbook.get_sheet_by_index(number - 1)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(islice(_rows(found), HEADER_ROWS))
        head = text.getvalue().encode("utf-8", "replace")
        if find_header(head):
            none_found = False
            yield number, found
        elif likely is None and likely_header(head):
            likely = number, found
    if none_found and likely is not None:
        yield likely


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    """A cell as a person would have typed it into a CSV; a line break within one becomes a space."""
    if isinstance(value, str):
        return " ".join(value.splitlines()) if "\n" in value or "\r" in value else value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


if __name__ == "__main__":
    main()
