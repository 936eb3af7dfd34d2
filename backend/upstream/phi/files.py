"""Files at rest: encrypted in pieces (AES-256-GCM), readable as a stream, tampering and truncation detected.

Layout: `UPF1`, 4 bytes naming the key, 16 bytes of salt, then pieces of up to 1 MiB, each as 4 bytes of length and the
sealed bytes. A piece's nonce is its number; its associated data says whether it is the last.
"""

import os
import struct
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files import File
from django.core.files.storage import default_storage

from upstream.phi.keys import UnreadableValue, derive, fingerprint, ring

MAGIC = b"UPF1"
PIECE = 1 << 20


def _seal(chunks: Iterable[bytes], target: IO[bytes]) -> tuple[int, str]:
    key, salt = ring()[0], os.urandom(16)
    cipher = AESGCM(derive(key, "file " + salt.hex()))
    target.write(MAGIC + fingerprint(key) + salt)
    digest, size, number, buffer = sha256(), 0, 0, bytearray()

    def write(piece: bytes, last: bool) -> None:
        nonlocal number
        sealed = cipher.encrypt(struct.pack(">IQ", 0, number), piece, b"last" if last else b"more")
        target.write(struct.pack(">I", len(sealed)) + sealed)
        number += 1

    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        buffer += chunk
        while len(buffer) > PIECE:
            write(bytes(buffer[:PIECE]), last=False)
            del buffer[:PIECE]
    write(bytes(buffer), last=True)
    return size, digest.hexdigest()


def save(name: str, chunks: Iterable[bytes]) -> tuple[str, int, str]:
    """Store `chunks` under `name`; returns the name given by the storage, the plain size in bytes and its SHA-256."""
    with tempfile.TemporaryFile() as sealed:
        size, digest = _seal(chunks, sealed)
        sealed.seek(0)
        return default_storage.save(name, File(sealed)), size, digest


def read(name: str) -> Iterator[bytes]:
    """The plain bytes in pieces of up to 1 MiB; raises `UnreadableValue` when they are not what was stored."""
    with default_storage.open(name, "rb") as source:
        header = source.read(24)
        if len(header) != 24 or header[:4] != MAGIC:
            raise UnreadableValue("A stored file does not begin as it must.")
        key = next((key for key in ring() if fingerprint(key) == header[4:8]), None)
        if key is None:
            raise UnreadableValue("A stored file was written with a key that is not in FIELD_ENCRYPTION_KEY.")
        cipher = AESGCM(derive(key, "file " + header[8:].hex()))
        number, prefix = 0, source.read(4)
        while prefix:
            if len(prefix) != 4:
                raise UnreadableValue("A stored file is cut off.")
            sealed = source.read(struct.unpack(">I", prefix)[0])
            prefix = source.read(4)
            try:
                yield cipher.decrypt(struct.pack(">IQ", 0, number), sealed, b"more" if prefix else b"last")
            except InvalidTag as error:
                raise UnreadableValue("A stored file was changed or cut off.") from error
            number += 1


def delete(name: str) -> None:
    default_storage.delete(name)
