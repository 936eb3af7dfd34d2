"""Bytes of a delimited file to its rows: encoding, physical lines, quotes, damage, all in constant memory."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator

from upstream.intake.notes import Notes
from upstream.intake.records import MAX_RAW_LENGTH, Problem, UnreadableFile
from upstream.intake.text import CONTROL_CHARACTERS, decoded, even_blocks

#: A row longer than this is quarantined; rows of claims stay under 2,000 characters.
MAX_ROW_LENGTH = 32_768
#: A quoted cell may hold line breaks, but a quotation mark that is still open after so many lines was a stray one.
MAX_ROW_LINES = 20
#: A file whose line does not end within this many bytes is given up at once: it is no table, or it is meant to do harm.
MAX_LINE_BYTES = 1024 * 1024

_UTF8_BOM = codecs.BOM_UTF8
_UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF32_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
#: Controls become spaces; NUL stays to be told apart, since it marks a damaged file.
_CONTROLS_TO_SPACES = dict.fromkeys((*range(1, 9), 11, 12, 13, *range(14, 32), 127), " ")
_BARE_RETURN_OR_CONTROL = re.compile(CONTROL_CHARACTERS.pattern + "|\r")

Row = tuple[int, list[str], str]
"""Number of the physical line it starts on, its cells, and its text."""


def encoding_of(head: bytes) -> str:
    """`utf-8`, `utf-16-le` or `utf-16-be` from the first bytes; lines that are not UTF-8 are told one by one later.

    Raises UnreadableFile for UTF-32, which no program writes tables in.
    """
    if head.startswith(_UTF32_BOMS):
        raise UnreadableFile("encoding", "The file is UTF-32 text. Save it as UTF-8 and upload it again.")
    for bom, name in _UTF16_BOMS.items():
        if head.startswith(bom):
            return name
    # UTF-16 without its byte order mark: in Western text every other byte is zero.
    even, odd = head[0:512:2].count(0), head[1:512:2].count(0)
    if max(even, odd) > len(head[:512]) // 3 and min(even, odd) * 8 < max(even, odd):
        return "utf-16-be" if even > odd else "utf-16-le"
    return "utf-8"


class LineReader:
    """Yields physical lines, counted by `number`; each is UTF-8 or, where it is not, Windows-1252 by itself.

    Deciding line by line needs no second reading of the file, and files glued together from both read right.
    """

    def __init__(self, chunks: Iterable[bytes], notes: Notes) -> None:
        blocks = even_blocks(chunks)
        self.head = next(blocks, b"")
        """The first block as it stands in the file."""
        self._encoding = encoding_of(self.head)
        self._blocks = self._utf8_blocks(blocks)
        self._notes = notes

    def __iter__(self) -> Iterator[str]:
        pending = b""
        number = 0
        return_only: bool | None = None
        for raw_block in self._blocks:
            if return_only is None:
                return_only = b"\n" not in raw_block and b"\r" in raw_block
            block = raw_block.replace(b"\r", b"\n") if return_only else raw_block
            end = block.rfind(b"\n")
            if end < 0:
                pending += block
                if len(pending) > MAX_LINE_BYTES:
                    raise _endless_line(number + 1)
                continue
            lines = self._lines(pending + block[:end], number + 1)
            pending = block[end + 1 :]
            yield from lines
            number += len(lines)
        if pending:
            yield from self._lines(pending, number + 1)

    def _utf8_blocks(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The file as UTF-8 without its byte order mark."""
        if self._encoding == "utf-8":
            yield self.head.removeprefix(_UTF8_BOM)
            yield from blocks
            return
        decoder = codecs.getincrementaldecoder(self._encoding)(errors="replace")
        yield decoder.decode(self.head).removeprefix("\ufeff").encode("utf-8")
        for block in blocks:
            yield decoder.decode(block).encode("utf-8", errors="replace")
        yield decoder.decode(b"", final=True).encode("utf-8", errors="replace")

    def _lines(self, raw: bytes, first_number: int) -> list[str]:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            lines = []
            for number, line in enumerate(raw.split(b"\n"), first_number):
                decoded_line, western = decoded(line)
                lines.append(decoded_line)
                if western:
                    message = f"From line {number} on, text that is not UTF-8 was read as Windows-1252."
                    self._notes.once(number, "info", "windows_1252", message)
            text = "\n".join(lines)
        if "\r" in text:
            # A line that ends the stretch has lost its \n, not its \r.
            text = text.replace("\r\n", "\n").removesuffix("\r")
        if _BARE_RETURN_OR_CONTROL.search(text):
            text = text.translate(_CONTROLS_TO_SPACES)
        return text.split("\n")


def read_rows(lines: Iterable[str], delimiter: str, widths: range | None = None) -> Iterator[Row | Problem]:
    """Rows of physical lines; blank lines are passed over.

    A row that cannot be taken apart is a Problem, and the next line starts anew: a quotation mark that never closes, or
    one whose closing would make a row of none of the told widths, costs only its own line.
    """
    source = iter(lines)
    held: deque[str] = deque()
    # A reader of rows of one line: where it asks for another, there is none (IndexError).
    waiting: list[str] = []
    alone = csv.reader(iter(waiting.pop, None), delimiter=delimiter, strict=True)
    number = 0
    while True:
        line = held.popleft() if held else next(source, None)
        if line is None:
            return
        number += 1
        if '"' not in line:
            if len(line) > MAX_ROW_LENGTH or "\0" in line:
                yield _unreadable_row(number, line)
            elif line and not line.isspace():
                yield number, line.split(delimiter), line
            continue
        if len(line) <= MAX_ROW_LENGTH and "\0" not in line and '="' not in line:
            waiting.append(line)
            try:
                whole = next(alone)
            except (csv.Error, IndexError):
                waiting.clear()
            else:
                # As of nearly all rows, its marks close where it ends.
                yield number, whole, line
                continue
        taken = [line]
        cells = _quoted_row(taken, held, source, delimiter, widths)
        text = "\n".join(taken)
        if cells is None or "\0" in text:
            yield _unreadable_row(number, text)
        else:
            yield number, cells, text
        number += len(taken) - 1


def _quoted_row(
    taken: list[str], held: deque[str], source: Iterator[str], delimiter: str, widths: range | None
) -> list[str] | None:
    """Cells of a row that begins with the one line in `taken`, which grows by every further line that belongs to it.

    None where a quotation mark stays open, or the csv module cannot take it.
    """
    if len(taken[0]) > MAX_ROW_LENGTH:
        return None
    further: list[str] = []
    # Strict, because a closing mark with letters behind it was no closing mark but the stray one of a later row.
    cells = _parsed(_row_lines(taken[0], further, held, source), delimiter, strict=True)
    if cells is not None and (not further or widths is None or len(cells) in widths):
        taken += further
    else:
        held.extendleft(reversed(further))
        cells = _parsed([taken[0] + "\n"], delimiter, strict=False)
        # The csv module keeps the line end only inside a cell whose quotation mark is still open.
        if cells is None or cells[-1].endswith("\n"):
            return None
    return [_unforced(cell) for cell in cells] if any('="' in line for line in taken) else cells


def _row_lines(first: str, further: list[str], held: deque[str], source: Iterator[str]) -> Iterator[str]:
    """The lines of a row, as far as the csv module asks for them; those behind the first are noted in `further`."""
    length = len(first)
    yield first + "\n"
    while len(further) < MAX_ROW_LINES and length <= MAX_ROW_LENGTH:
        line = held.popleft() if held else next(source, None)
        if line is None:
            return
        further.append(line)
        length += len(line)
        yield line + "\n"


def _parsed(lines: Iterable[str], delimiter: str, *, strict: bool) -> list[str] | None:
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=strict))
    except (csv.Error, StopIteration):
        return None


def _unforced(cell: str) -> str:
    """The text of a cell that a program wrote as a formula (`="00123"`) so that a spreadsheet keeps it text."""
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') and len(cell) > 2 else cell


def _unreadable_row(number: int, line: str) -> Problem:
    raw = line[:MAX_RAW_LENGTH].replace("\0", "\ufffd")
    if len(line) > MAX_ROW_LENGTH:
        message = f"The row is longer than {MAX_ROW_LENGTH} characters. Shorten it, or export the file again."
        return Problem(number, "", "row_too_long", message, raw)
    if "\0" in line:
        message = "The row holds NUL characters, so the file was damaged on its way. Export it again."
        return Problem(number, "", "nul_character", message, raw)
    message = 'A quotation mark (") opens in this row and never closes. Close it, or write it twice inside the cell.'
    return Problem(number, "", "quotation_mark", message, raw)


def _endless_line(number: int) -> UnreadableFile:
    return UnreadableFile(
        "line_too_long",
        f"Line {number} does not end within {MAX_LINE_BYTES // 1024} kB: this is no table of claims. Export it again.",
        number,
    )
