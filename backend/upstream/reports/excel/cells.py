"""Cells: typed values as the XML of a sheet. No formula can be written here: text is always an inline string."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter

TEXT_LIMIT = 32_767  # UTF-16 units in one cell, Excel's own
CUT_MARK = " [cut: longer than a cell may be]"
# What a spreadsheet takes for the beginning of a formula, here or once the sheet has become a CSV file.
FORMULA_STARTS = frozenset("=+-@\t\n＝＋－＠")
# Day 60 of Excel's calendar is 29 February 1900, which never was: dates count right from the day after.
EPOCH, FIRST_DATE = date(1899, 12, 30), date(1900, 3, 1)

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Kind(StrEnum):
    TEXT = "text"
    LITERAL = "literal"  # text that begins like a formula: marked so that editing the cell does not make it one
    LONG_TEXT = "long text"
    DATE = "date"
    MOMENT = "moment"
    MONEY = "money"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"
    CERTAINTY = "certainty"  # a share that must not read 100%
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what heads it, how wide it is (in characters) and how its cells read.

    `source` is the field of the query it is read from, for tables that name them; `shown` what it makes of that value.
    """

    heading: str
    kind: Kind
    width: int
    source: str = ""
    shown: Callable[[Any], Any] | None = None


def clean(text: str) -> str:
    """`text` without the characters a workbook cannot hold; line ends become line feeds."""
    if text.isascii() and text.isprintable():
        return text
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def fitted(text: str) -> tuple[str, bool]:
    """`text` cut to what one cell holds, with a mark at the cut; and whether it was cut."""
    if len(text) * 2 <= TEXT_LIMIT or len(text.encode("utf-16-le")) <= TEXT_LIMIT * 2:
        return text, False
    room = (TEXT_LIMIT - len(CUT_MARK)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", errors="ignore") + CUT_MARK, True


class RowWriter:
    """Rows of one table as XML. `styles`: each kind's style in the workbook; `cut`: how many texts did not fit."""

    def __init__(self, kinds: Sequence[Kind], styles: dict[Kind, int]) -> None:
        self._styles = styles
        self._columns = [
            (f'<c r="{get_column_letter(number)}', kind, styles[kind]) for number, kind in enumerate(kinds, 1)
        ]
        self.cut = 0

    def row(self, number: int, values: Sequence[Any]) -> str:
        """Row `number` (from 1); None and empty text leave a cell empty. Raises TypeError for what no cell can hold."""
        parts = [f'<row r="{number}">']
        for (start, kind, style), value in zip(self._columns, values, strict=True):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                parts.append(self._text(start, number, style, value))
            elif isinstance(value, date) and not isinstance(value, datetime) and value < FIRST_DATE:
                parts.append(self._text(start, number, self._styles[Kind.TEXT], value.isoformat()))
            else:
                parts.append(f'{start}{number}" s="{style}"><v>{_number(value, kind)}</v></c>')
        parts.append("</row>")
        return "".join(parts)

    def _text(self, start: str, number: int, style: int, value: str) -> str:
        text, cut = fitted(clean(value))
        self.cut += cut
        if not text:
            return ""
        if text.lstrip(" ")[:1] in FORMULA_STARTS:
            style = self._styles[Kind.LITERAL]
        if "_x" in text:
            # Excel would read _x0041_ as the letter A.
            text = _ESCAPE_LIKE.sub("_x005F_", text)
        return f'{start}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _number(value: Any, kind: Kind) -> str:
    """The number Excel keeps for a value: money to the cent, days since its epoch for dates and moments (in UTC)."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return repr((value.date() - EPOCH).days + round(seconds / 86_400, 9))
    if isinstance(value, date):
        return str((value - EPOCH).days)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    raise TypeError(f"A {kind} column was given {value if isinstance(value, float) else type(value).__name__}.")
