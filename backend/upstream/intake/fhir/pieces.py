"""A file of FHIR JSON cut into pieces: the lines of ndjson, or the entries of a Bundle, each small enough to be parsed.

Only brackets and strings are looked at here. Parsing a piece shows whether it is JSON, and one that is not costs no
other.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from upstream.intake.records import MAX_RAW_LENGTH, Problem, UnreadableFile
from upstream.intake.text import even_blocks

#: A larger line or entry is quarantined: claims stay far below it.
MAX_PIECE_BYTES = 4 << 20

#: All up to the next bracket, or to the next string that has escapes or goes on in the next block.
_OUTSIDE = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\\x00-\x1f]*+")*+')
#: JSON writes control characters in strings as escapes: a bare one shows that a quotation mark is missing.
_INSIDE = re.compile(rb'["\\\x00-\x1f]')
_OPENS_ENTRIES = re.compile(rb'"entry"\s*:\s*\[\Z')


class Piece(NamedTuple):
    """The bytes of a resource, or of an entry of a Bundle. position: line of ndjson, else number of the entry."""

    position: int
    raw: bytes
    is_entry: bool


def pieces(chunks: Iterable[bytes]) -> Iterator[Piece | Problem]:
    """The pieces of a file in its order; behind the entries of a Bundle what stands around them.

    A piece above MAX_PIECE_BYTES is a Problem, and so is text behind the last one. Raises UnreadableFile where the file
    is cut off, or its entries cannot be told apart.
    """
    blocks = even_blocks(chunks)
    head = next(blocks, b"").removeprefix(codecs.BOM_UTF8)
    while b"\n" not in head.strip() and len(head) < MAX_PIECE_BYTES and (block := next(blocks, b"")):
        head += block
    blocks = even_blocks(chain([head], blocks))
    return _lines(blocks) if _is_lines(head) else _entries(blocks)


def problem_of(position: int, code: str, complaint: str, raw: bytes) -> Problem:
    """A Problem of one piece; `complaint` says what is wrong with the resource and what to do."""
    return Problem(position, "", code, f"Resource {position} {complaint}", _shown(raw))


class _Held:
    """Bytes of a piece that is being gathered, as far as they may be kept."""

    def __init__(self) -> None:
        self._raw, self._size = bytearray(), 0

    def add(self, more: bytes) -> None:
        self._size += len(more)
        if self._size <= MAX_PIECE_BYTES:
            self._raw += more

    def ends_with(self, pattern: re.Pattern[bytes]) -> bool:
        return pattern.search(self._raw, max(0, len(self._raw) - 1_000)) is not None

    def taken(self, position: int, *, is_entry: bool = False) -> Piece | Problem:
        """What was gathered; from here on something new is."""
        raw, size = bytes(self._raw), self._size
        self._raw, self._size = bytearray(), 0
        if size <= MAX_PIECE_BYTES:
            return Piece(position, raw, is_entry)
        limit = MAX_PIECE_BYTES >> 20
        complaint = f"is larger than {limit} MB. Leave out the documents it carries, and upload it again."
        return problem_of(position, "resource_too_large", complaint, raw)


# One resource a line


def _is_lines(head: bytes) -> bool:
    """Whether every line is a resource: the first is one, or broken, since it is over and the second begins anew."""
    first, _, rest = head.lstrip().partition(b"\n")
    first, rest = first.rstrip(), rest.strip()
    if not first.endswith((b"{", b"[", b",", b":")) and rest.startswith(b"{"):
        return True
    try:
        return isinstance(json.loads(first), dict) and rest != b""
    except (ValueError, RecursionError):
        return False


def _lines(blocks: Iterable[bytes]) -> Iterator[Piece | Problem]:
    number, held = 1, _Held()
    for block in blocks:
        *ends, rest = block.split(b"\n")
        for end in ends:
            held.add(end)
            yield from _line(held.taken(number))
            number += 1
        held.add(rest)
    yield from _line(held.taken(number))


def _line(line: Piece | Problem) -> Iterator[Piece | Problem]:
    if isinstance(line, Problem) or line.raw.strip():
        yield line


# One document, or several one behind the other


def _brackets(blocks: Iterable[bytes]) -> Iterator[tuple[bytes, list[int]]]:
    """Each block with the places of its brackets, those in strings left out. Raises ValueError in a broken string."""
    in_string, at = False, 0
    for block in blocks:
        places: list[int] = []
        while at < len(block):
            if in_string:
                found = _INSIDE.search(block, at)
                if found is None:
                    at = len(block)
                    break
                at = found.end()
                if found[0] == b"\\":
                    at += 1
                elif found[0] == b'"':
                    in_string = False
                else:
                    yield block[:at], places
                    raise ValueError("a control character in a string")
                continue
            if skipped := _OUTSIDE.match(block, at):
                at = skipped.end()
            if at < len(block):
                in_string = block[at] == 0x22
                if not in_string:
                    places.append(at)
                at += 1
        at = max(0, at - len(block))
        yield block, places


def _entries(blocks: Iterable[bytes]) -> Iterator[Piece | Problem]:
    frame, entry, between = _Held(), _Held(), b""
    depth = number = first = 0
    in_entries = False
    try:
        for block, places in _brackets(blocks):
            start = 0
            for place in places:
                if block[place] in b"{[":
                    if depth == 0:
                        if block[place] != 0x7B or block[start:place].strip():
                            yield _text_behind(number, block[start:])
                            return
                        start, first = place, number
                    elif in_entries and depth == 2:
                        between += block[start:place].strip()
                        if between != (b"," if number > first else b"") or block[place] != 0x7B:
                            raise ValueError("no entry")
                        start, between = place, b""
                    depth += 1
                    if depth == 2 and block[place] == 0x5B:
                        frame.add(block[start : place + 1])
                        start = place + 1
                        in_entries = frame.ends_with(_OPENS_ENTRIES)
                    continue
                depth -= 1
                if in_entries and depth == 2:
                    entry.add(block[start : place + 1])
                    number += 1
                    yield entry.taken(number, is_entry=True)
                    start = place + 1
                elif in_entries and depth == 1:
                    if between + block[start:place].strip():
                        raise ValueError("no entry")
                    start, in_entries = place, False
                elif depth == 0:
                    frame.add(block[start : place + 1])
                    start = place + 1
                    number += number == first
                    yield frame.taken(number)
                elif depth < 0:
                    yield _text_behind(number, block[start:])
                    return
            rest = block[start:]
            if depth == 0:
                if rest.strip():
                    yield _text_behind(number, rest)
                    return
            elif in_entries and depth == 2:
                between += rest.strip()
            else:
                (entry if in_entries else frame).add(rest)
    except ValueError:
        raise UnreadableFile(
            "broken_json",
            f"Resource {number + 1} is no JSON, and where it ends cannot be told: a quotation mark, bracket or comma "
            "is missing or too many. Export the file again.",
            number + 1,
        ) from None
    if depth:
        message = f"The file is cut off in resource {number + 1}. Export it again, as a whole."
        raise UnreadableFile("cut_off", message, number + 1)


def _text_behind(number: int, text: bytes) -> Problem:
    if not number:
        raise UnreadableFile(
            "no_resource",
            "The file does not begin with a resource. Send one, a Bundle, or one resource a line (ndjson).",
        )
    message = f"Behind resource {number} stands text that is no resource. It was passed over; export the file again."
    return Problem(number + 1, "", "text_behind", message, _shown(text))


def _shown(raw: bytes) -> str:
    return raw[: 4 * MAX_RAW_LENGTH].decode("utf-8", "replace").replace("\0", "\ufffd")[:MAX_RAW_LENGTH]
