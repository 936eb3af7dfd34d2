"""A file of reason or remark codes with their texts, as it comes with a licence: bytes to texts by code."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from upstream.claims.models import ReasonKind
from upstream.core.errors import ErrorCode, ServiceError

MAX_BYTES = 5 * 1024 * 1024
MAX_TEXT_LENGTH = 2000

_FORM = {
    ReasonKind.CARC: re.compile(r"[1-9]\d{0,2}|[ABDPWY]\d{1,2}", re.ASCII),
    ReasonKind.RARC: re.compile(r"MA?\d{1,3}|N\d{1,4}", re.ASCII),
}
_EXAMPLES = {ReasonKind.CARC: "197 or B7, without its group", ReasonKind.RARC: "N290 or MA130"}
_CODE_NAMES = frozenset(
    ("code", "carc", "rarc", "carc code", "rarc code", "reason code", "remark code", "adjustment reason code",
     "claim adjustment reason code", "remittance advice remark code"),
)  # fmt: skip
_TEXT_NAMES = frozenset(
    ("text", "description", "code description", "reason description", "remark description", "carc description",
     "rarc description", "long description", "full text", "definition", "meaning"),
)  # fmt: skip
# What no text holds; a workbook or a picture is full of them.
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What may stand beside code and text in columns without names: days on which a code began or ended, or nothing.
_DATE = re.compile(r"[\d/.: -]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Places of code and text; `named`: how many columns a header names, 0 without one."""

    code: int = 0
    text: int = 1
    named: int = 0


def read_code_texts(kind: ReasonKind, content: bytes) -> dict[str, str]:
    """Texts by code, of comma- or tab-separated lines in UTF-8 or Windows-1252; columns by name or else by place.

    Raises TOO_LARGE, or INVALID with the line of the first fault and what to do about it.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    texts: dict[str, str] = {}
    for line, code, text in _entries(kind, _decoded(content)):
        known = texts.setdefault(code, text)
        if known != text:
            raise _fault(line, f"{code} has another text further up. Leave one of the two")
    if not texts:
        raise ServiceError(ErrorCode.INVALID, "The file holds no codes. To take the texts away, use --remove.")
    return texts


def too_large() -> ServiceError:
    message = f"The file is larger than {MAX_BYTES // (1024 * 1024)} MB. Leave only codes and their texts in it."
    return ServiceError(ErrorCode.TOO_LARGE, message)


def _fault(line: int, message: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID, f"Line {line}: {message}, and load the file again. Nothing was changed.")


def _decoded(content: bytes) -> str:
    found = _NOT_TEXT.search(content)
    place = found.start() if found else 0
    for encoding in ("utf-8-sig", "cp1252") if found is None else ():
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            place = error.start
    raise _fault(content.count(b"\n", 0, place) + 1, "this is not text. Save the list as CSV in UTF-8")


def _entries(kind: ReasonKind, content: str) -> Iterator[tuple[int, str, str]]:
    """Line, code and text of each row."""
    columns: _Columns | None = None
    for line, cells in _rows(content):
        if columns is None:
            columns = _columns(line, cells)
            if columns.named:
                continue
        told, text = (cells[place] if place < len(cells) else "" for place in (columns.code, columns.text))
        code = told.upper().lstrip("0" if kind is ReasonKind.CARC else "")
        if not told:
            raise _fault(line, "the code is missing. Fill it in or take the row out")
        if not _FORM[kind].fullmatch(code):
            message = f"“{told[:40]}” is no {kind.value} (like {_EXAMPLES[kind]}). Correct it"
            raise _fault(line, message if ";" not in told else f"{message}, set columns apart by commas or tabs")
        if not text:
            raise _fault(line, f"the text of {code} is missing. Fill it in or take the row out")
        if len(text) > MAX_TEXT_LENGTH:
            raise _fault(line, f"the text of {code} has more than {MAX_TEXT_LENGTH:,} characters. Shorten it")
        if not all(map(_DATE.fullmatch, cells[columns.named or 2 :])):
            raise _fault(line, f"something follows the text of {code}. Put a text with commas in quotation marks")
        yield line, code, text


def _rows(content: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, each with the line it begins on; in cells, line breaks and several spaces become one."""
    head = next(filter(str.strip, StringIO(content, newline="")), "")
    reader = csv.reader(StringIO(content, newline=""), delimiter="\t" if "\t" in head else ",", strict=True)
    line = 1
    while True:
        try:
            cells = [" ".join(cell.split()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            raise _fault(line, "a quotation mark is not closed, or stands alone. Write it twice") from None
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


def _columns(line: int, cells: list[str]) -> _Columns:
    """By their names where this first row names them; else it is a row of its own, and code and text come first."""
    names = [re.sub(r"[\W_]+", " ", cell.casefold()).strip() for cell in cells]
    code = next((place for place, name in enumerate(names) if name in _CODE_NAMES), None)
    text = next((place for place, name in enumerate(names) if name in _TEXT_NAMES), None)
    if code is None and text is None:
        return _Columns()
    if code is None or text is None:
        missing = "code" if code is None else "text"
        raise _fault(line, f"no column is called {missing}. Name the columns code and text")
    return _Columns(code, text, len(cells))
