"""Bytes to text: even blocks whatever the chunks, and an encoding decided line by line."""

import re
from collections.abc import Iterable, Iterator

#: Readers work on blocks of exactly this many bytes (the last may be shorter), so that the way a file is cut into
#: chunks on its way here can never change what is read from it.
BLOCK_SIZE = 256 * 1024

#: C0 controls and DEL, apart from tab and the line ends. NUL is told apart by the readers: it marks damaged files.
CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def even_blocks(chunks: Iterable[bytes], size: int | None = None) -> Iterator[bytes]:
    """The same bytes in blocks of `size` (BLOCK_SIZE unless told), the last one shorter; nothing for an empty input."""
    size = size or BLOCK_SIZE
    parts: list[bytes] = []
    held = 0
    for chunk in chunks:
        offset = 0
        while held + len(chunk) - offset >= size:
            taken = size - held
            parts.append(bytes(chunk[offset : offset + taken]))
            yield b"".join(parts)
            parts.clear()
            offset += taken
            held = 0
        if offset < len(chunk):
            parts.append(bytes(chunk[offset:]))
            held += len(chunk) - offset
    if parts:
        yield b"".join(parts)


def decoded(raw: bytes) -> tuple[str, bool]:
    """Text of one line, or of several: UTF-8, else Windows-1252 (bytes that set leaves undefined become U+FFFD).

    The second value tells whether Windows-1252 was needed.
    """
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), True


def repaired(text: str) -> str:
    """Text that was read as Latin-1, with the letters its bytes stand for in UTF-8 or Windows-1252."""
    return text if text.isascii() else decoded(text.encode("latin-1"))[0]
