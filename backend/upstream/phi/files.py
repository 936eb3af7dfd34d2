"""Files at rest: encrypted in pieces (AES-256-GCM), readable as a stream, tampering and truncation detected.

Layout: `UPF1`, 4 bytes naming the key, 16 bytes of salt, then pieces of up to 1 MiB, each as 4 bytes of length and the
sealed bytes. A piece's nonce is its number; its associated data says whether it is the last.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files import File
from django.core.files.storage import default_storage

from upstream.phi.keys import UnreadableValue, derive, fingerprint, ring

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"UPF1"
PIECE = 1 << 20
#: Bytes before the pieces; and of a piece beyond what it holds: its length, and the tag of its seal.
_HEADER, _OVERHEAD = 24, 4 + 16


class Seal:
    """Encrypts what is written to it into `target`, which is whole once `end` was called."""

    def __init__(self, target: IO[bytes]) -> None:
        key, salt = ring()[0], os.urandom(16)
        self._cipher = AESGCM(derive(key, "file " + salt.hex()))
        self._target, self._number, self._buffer = target, 0, bytearray()
        target.write(MAGIC + fingerprint(key) + salt)

    def write(self, chunk: bytes) -> None:
        self._buffer += chunk
        while len(self._buffer) > PIECE:
            self._write(bytes(self._buffer[:PIECE]), b"more")
            del self._buffer[:PIECE]

    def end(self) -> None:
        self._write(bytes(self._buffer), b"last")

    def _write(self, piece: bytes, place: bytes) -> None:
        sealed = self._cipher.encrypt(struct.pack(">IQ", 0, self._number), piece, place)
        self._target.write(struct.pack(">I", len(sealed)) + sealed)
        self._number += 1


def save(name: str, chunks: Iterable[bytes]) -> tuple[str, int, str]:
    """Store `chunks` under `name`; returns the name given by the storage, the plain size in bytes and its SHA-256."""
    with tempfile.TemporaryFile() as sealed:
        seal, digest, size = Seal(sealed), sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            seal.write(chunk)
        seal.end()
        sealed.seek(0)
        return default_storage.save(name, File(sealed)), size, digest.hexdigest()


class PlainFile(io.RawIOBase):
    """The plain bytes of a stored file, readable from anywhere in it; one piece is held at a time.

    Reading raises `UnreadableValue` where they are not what was stored.
    """

    def __init__(self, source: IO[bytes]) -> None:
        header = source.read(_HEADER)
        if len(header) != _HEADER or header[:4] != MAGIC:
            raise UnreadableValue("A stored file does not begin as it must.")
        key = next((key for key in ring() if fingerprint(key) == header[4:8]), None)
        if key is None:
            raise UnreadableValue("A stored file was written with a key that is not in FIELD_ENCRYPTION_KEY.")
        self._cipher = AESGCM(derive(key, "file " + header[8:].hex()))
        self._source = source
        sealed = source.seek(0, io.SEEK_END) - _HEADER
        self._pieces = -(-sealed // (PIECE + _OVERHEAD))
        if not self._pieces:
            raise UnreadableValue("A stored file is cut off.")
        self.size = sealed - self._pieces * _OVERHEAD
        self._position = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def pieces(self) -> Iterator[bytes]:
        """All bytes, in pieces of up to 1 MiB."""
        for number in range(self._pieces):
            self._position = min((number + 1) * PIECE, self.size)
            yield self._piece(number)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence])
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if self._position >= self.size:
            return 0
        number, offset = divmod(self._position, PIECE)
        found = self._piece(number)[offset : offset + len(view)]
        view[: len(found)] = found
        self._position += len(found)
        return len(found)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            self._source.seek(_HEADER + number * (PIECE + _OVERHEAD))
            length, last = self._source.read(4), number == self._pieces - 1
            expected = (self.size - number * PIECE if last else PIECE) + _OVERHEAD - 4
            if len(length) != 4 or struct.unpack(">I", length)[0] != expected:
                raise UnreadableValue("A stored file is cut off.")
            sealed = self._source.read(expected)
            try:
                plain = self._cipher.decrypt(struct.pack(">IQ", 0, number), sealed, b"last" if last else b"more")
            except InvalidTag as error:
                raise UnreadableValue("A stored file was changed or cut off.") from error
            self._held = (number, plain)
        return self._held[1]


@contextmanager
def opened(name: str) -> Iterator[PlainFile]:
    """A stored file. Raises `UnreadableValue` where it is none."""
    with default_storage.open(name, "rb") as source:
        yield PlainFile(source)


def read(name: str) -> Iterator[bytes]:
    """The plain bytes in pieces of up to 1 MiB; raises `UnreadableValue` when they are not what was stored."""
    with opened(name) as plain:
        yield from plain.pieces()


def is_under_newest_key(name: str) -> bool:
    """Raises FileNotFoundError where there is no such file."""
    with default_storage.open(name, "rb") as source:
        return source.read(_HEADER)[:8] == MAGIC + fingerprint(ring()[0])


def delete(name: str) -> None:
    default_storage.delete(name)


def delete_folder(name: str) -> None:
    """Delete what lies in a folder, and the folder; one that is not there is left alone."""
    try:
        _, found = default_storage.listdir(name)
    except FileNotFoundError:
        return
    for each in found:
        default_storage.delete(f"{name}/{each}")
    default_storage.delete(name)
