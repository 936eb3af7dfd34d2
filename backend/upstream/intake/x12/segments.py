"""Bytes to X12 segments: finds the separators of every interchange and cuts the text, in constant memory."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from upstream.intake.records import UnreadableFile
from upstream.intake.text import even_blocks

#: The longest segment that is believed. Real ones stay under 2 kB; without a cap a file that never ends one would fill
#: memory.
MAX_SEGMENT_BYTES = 16 * 1024
#: Bytes that must be in sight behind an "ISA" before it is judged: its 106, and room for line breaks inside them.
LOOK_AHEAD = 256
#: How far into a file its first segment is looked for.
HEAD_BYTES = 64 * 1024

_BOM = b"\xef\xbb\xbf"
_BLANK = re.compile(rb"(?:[ \r\n\t\x00\x1a]|\xef\xbb\xbf)*")
#: The fixed-width opening of an interchange, for finding one glued to the text before it.
_FIXED_ISA = re.compile(rb"ISA([^A-Za-z0-9\s])\d\d\1.{10}\1\d\d\1.{10}\1..\1.{15}\1", re.DOTALL)
_ISA_START = re.compile(rb"ISA[^A-Za-z0-9\s]")
_FRAGMENT_GS = re.compile(
    rb"GS(?P<element>[^A-Za-z0-9\s])(?:(?:(?!(?P=element))[ -~]){0,40}(?P=element)){7}"
    rb"[0-9A-Za-z ]{0,20}(?P<end>[^A-Za-z0-9 ])"
)
_FRAGMENT_ST = re.compile(
    rb"ST(?P<element>[^A-Za-z0-9\s])\d{3}(?P=element)[A-Za-z0-9 ]{1,35}"
    rb"(?:(?P=element)[A-Za-z0-9]{0,35})?(?P<end>[^A-Za-z0-9 ])"
)
_FRAGMENT_COMPONENT = re.compile(
    rb"(?:SVC|SV[123])[^A-Za-z0-9\s](?:\d{4}[^A-Za-z0-9\s])?[A-Z][A-Z0-9]([^A-Za-z0-9\s])[A-Z0-9]"
)


@dataclass(frozen=True, slots=True)
class Separators:
    """The characters one interchange is cut by; repetition is empty where the version has none."""

    element: str
    component: str
    segment: str
    repetition: str = ""

    def __post_init__(self) -> None:
        told = (self.element, self.component, self.segment)
        if len(set(told)) < 3 or any(len(mark) != 1 or mark.isalnum() or mark == " " for mark in told):
            raise ValueError("separators must be three different characters, none a letter, digit or space")


class SegmentReader:
    """Iterates over the segments of a file, each a list of its elements, the tag first.

    Text is read as Latin-1 so that any byte may separate; `upstream.intake.text.repaired` gives back the letters of a
    free text. Empty segments are passed over. `separators` are those of the segment last yielded. Any number of
    interchanges, also glued together or with other separators each; files without ISA that begin with GS or ST. Raises
    UnreadableFile where no X12 is found, separators make no sense, or a segment never ends.
    """

    separators: Separators
    skipped_bytes: int = 0

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._blocks = even_blocks(chunks)
        self._buffer = b""
        self._ended = False
        self._segments_read = 0

    def __iter__(self) -> Iterator[list[str]]:
        offset = self._open()
        while True:
            region, offset = self._next_region(offset)
            if region is None:
                return
            separators = self.separators
            element = separators.element
            for part in self._text(region).split(separators.segment):
                segment = part.strip(" ")
                if segment:
                    self._segments_read += 1
                    yield segment.split(element)

    def _more(self, offset: int) -> int:
        """Append the next block, forget what was read, and return the new offset of what `offset` pointed at."""
        block = next(self._blocks, None)
        if block is None:
            self._ended = True
            return offset
        self._buffer = self._buffer[offset:] + block
        return 0

    def _open(self) -> int:
        """Find the first segment, set the separators and return its offset."""
        while len(self._buffer) < HEAD_BYTES and not self._ended:
            self._more(0)
        head = self._buffer[:HEAD_BYTES]
        offset, separators = opening(head)
        self.skipped_bytes = len(head[:offset].removeprefix(_BOM).strip())
        self.separators = separators
        return offset

    def _next_region(self, offset: int) -> tuple[bytes | None, int]:
        """The next stretch of whole segments under one set of separators, and the offset behind it."""
        while True:
            limit = len(self._buffer) if self._ended else len(self._buffer) - LOOK_AHEAD
            start = _behind_blanks(self._buffer, offset)
            if start < limit and self._is_interchange(start, start):
                self._take_separators(start)
            interchange = self._find_interchange(start, limit)
            if interchange >= 0:
                return self._buffer[start:interchange], interchange
            end = self._buffer.rfind(self.separators.segment.encode("latin-1"), start, max(limit, start))
            if end >= 0:
                return self._buffer[start:end], end + 1
            if self._ended:
                return (self._buffer[start:], len(self._buffer)) if start < len(self._buffer) else (None, start)
            if limit - start > MAX_SEGMENT_BYTES:
                raise UnreadableFile(
                    "segment_too_long",
                    f"Segment {self._segments_read + 1} does not end within {MAX_SEGMENT_BYTES // 1024} kB: the file "
                    "is damaged, or its segment terminator is not the one its ISA names. Export it again.",
                    self._segments_read + 1,
                )
            offset = self._more(start)

    def _find_interchange(self, start: int, limit: int) -> int:
        """Offset of the next ISA behind the segment at `start`, or -1."""
        at = self._buffer.find(b"ISA", start + 1, limit)
        while at >= 0:
            if self._is_interchange(at, start):
                return at
            at = self._buffer.find(b"ISA", at + 1, limit)
        return -1

    def _is_interchange(self, at: int, start: int) -> bool:
        buffer = self._buffer
        if not buffer.startswith(b"ISA", at):
            return False
        mark = buffer[at + 3 : at + 4]
        if not mark or mark.isalnum() or mark.isspace():
            return False
        before = buffer[max(start, at - 8) : at].rstrip(b" \r\n\t\x00\x1a\xef\xbb\xbf")
        at_segment_start = not before or before.endswith(self.separators.segment.encode("latin-1"))
        if self.separators.segment in "\r\n":
            at_segment_start = at_segment_start or buffer[at - 1 : at] in (b"\r", b"\n")
        return at_segment_start or _FIXED_ISA.match(buffer, at) is not None

    def _take_separators(self, at: int) -> None:
        try:
            self.separators = interchange_separators(self._buffer[at : at + LOOK_AHEAD])
        except ValueError as error:
            raise _bad_separators(str(error), self._segments_read + 1) from error

    def _text(self, region: bytes) -> str:
        separators = self.separators
        kept = (separators.element + separators.component + separators.segment + separators.repetition).encode(
            "latin-1"
        )
        unwanted = bytes(code for code in (*range(0x20), 0x7F) if code not in kept)
        return region.replace(_BOM, b"").translate(None, unwanted).decode("latin-1")


def _behind_blanks(buffer: bytes, offset: int) -> int:
    found = _BLANK.match(buffer, offset)
    return found.end() if found else offset


def interchange_separators(header: bytes) -> Separators:
    """Separators from the first bytes of an interchange, counting elements so that a padded or wrapped ISA still reads.

    Raises ValueError where the 16 elements are not there or the characters found cannot separate.
    """
    element = header[3:4]
    at = 2
    for _ in range(16):
        at = header.find(element, at + 1) if element else -1
        if at < 0:
            raise ValueError("its ISA segment is cut off before the 16th element")
    rest = header[at + 1 :]
    component = rest.lstrip(b"\r\n")[:1]
    behind = rest[rest.find(component) + 1 :] if component else b""
    segment = behind[:1]
    if segment == b"\r" and behind[1:2] == b"\n":
        segment = b"\n"
    if segment.isalnum() or not segment:
        # ISA16 left out: what stands there already ends the segment, and no composite can be split by it.
        component, segment = b"\x1f" if component != b"\x1f" else b":", component
    repetition = header[:at].translate(None, b"\r\n").split(element)[11].decode("latin-1")
    if len(repetition) != 1 or repetition.isalnum() or repetition == " ":
        repetition = ""
    return Separators(element.decode("latin-1"), component.decode("latin-1"), segment.decode("latin-1"), repetition)


def opening(head: bytes) -> tuple[int, Separators]:
    """Offset and separators of the first segment within the first bytes of a file.

    Raises UnreadableFile("not_x12") where there is neither an ISA nor a GS or ST at the start, ("separators") where the
    ISA's characters cannot separate.
    """
    start = len(head) - len(head.removeprefix(_BOM).lstrip(b" \r\n\t\x00"))
    for pattern in (_FRAGMENT_GS, _FRAGMENT_ST):
        if found := pattern.match(head, start):
            return start, _fragment_separators(head, found)
    if not _ISA_START.match(head, start):
        found_isa = _FIXED_ISA.search(head)
        if found_isa is None:
            raise UnreadableFile(
                "not_x12", "This is not an X12 file: no ISA, GS or ST segment was found at its beginning.", 1
            )
        start = found_isa.start()
    try:
        return start, interchange_separators(head[start : start + LOOK_AHEAD])
    except ValueError as error:
        raise _bad_separators(str(error), 1) from error


def _fragment_separators(head: bytes, found: re.Match[bytes]) -> Separators:
    element, end = found["element"], found["end"]
    if end == b"\r" and head[found.end() : found.end() + 1] == b"\n":
        end = b"\n"
    composite = _FRAGMENT_COMPONENT.search(head)
    component = composite[1] if composite and composite[1] not in (element, end) else b":"
    try:
        return Separators(element.decode("latin-1"), component.decode("latin-1"), end.decode("latin-1"))
    except ValueError as error:
        raise _bad_separators(str(error), 1) from error


def _bad_separators(reason: str, position: int) -> UnreadableFile:
    return UnreadableFile(
        "separators",
        f"The interchange that begins at segment {position} cannot be read: {reason}. Export it again.",
        position,
    )
