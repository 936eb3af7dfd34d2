"""The sheet that says what a workbook is, so that it can be understood without the person who made it."""

from collections.abc import Iterable
from datetime import date, datetime

from upstream.reports.excel.stream import ROWS_PER_SHEET, WorkbookStream
from upstream.reports.words import day


def about(
    *,
    what: str,
    organization: str,
    filters: Iterable[str],
    prepared_for: str,
    prepared_at: datetime,
    data_through: date | None,
    includes_phi: bool,
    book: WorkbookStream,
    totals: Iterable[tuple[str, str]],
) -> list[tuple[str, str]]:
    """Lines of two: what, and what of it. `book` has its rows already."""
    lines = [
        ("What", what),
        ("Organization", organization),
        ("Filters", "; ".join(filters) or "none: everything on file"),
        ("Rows", f"{book.rows:,}"),
        *totals,
        ("Data through", day(data_through)),
        ("Prepared", f"{day(prepared_at.date())}, {prepared_at:%H:%M} UTC"),
        ("Prepared for", prepared_for),
        (
            "Patient information",
            "Yes: names, birth dates, member numbers. Keep this file as you keep a chart." if includes_phi else "None.",
        ),
        ("Money", "US dollars, exact to the cent."),
    ]
    if book.sheets_of_rows > 1:
        lines.append(
            ("Sheets", f"{book.sheets_of_rows} of rows, because one ends at {ROWS_PER_SHEET:,} with its heading.")
        )
    if book.cut:
        lines.append(("Cut texts", f"{book.cut:,} longer than a cell's 32,767 characters; each says where it was cut."))
    return lines
