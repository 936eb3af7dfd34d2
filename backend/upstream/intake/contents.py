"""What an upload holds: the file itself, or what a gzip, a zip archive or an Excel workbook brings along.

Nothing is unpacked to disk or held whole but a workbook, and nothing beyond what an upload may have.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain

from django.conf import settings

from upstream.intake.recognition import HEAD_BYTES
from upstream.intake.records import Finding, UnreadableFile
from upstream.intake.workbooks import Workbook
from upstream.phi import files

#: Bytes handed on at once.
CHUNK = 1 << 20
#: The list of an archive's files is read whole.
MOST_DIRECTORY_BYTES = 4 << 20
#: Files of an archive.
MOST_MEMBERS = 1_000
_GZIP, _ZIP = b"\x1f\x8b", (b"PK\x03\x04", b"PK\x05\x06")
#: What computers add to archives by themselves.
_CLUTTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)

#: What `zipfile` raises for archives that are not as they should be.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, IndexError, NotImplementedError, ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class Contents:
    """chunks: the bytes to be recognised and read. read: how many bytes of the upload are behind what they gave so far.

    findings: what the reader of these bytes cannot know.
    """

    chunks: Iterator[bytes]
    read: Callable[[], int]
    findings: tuple[Finding, ...] = ()

    def head(self) -> bytes:
        """The first bytes, taken from `chunks`: HEAD_BYTES at least where there are so many."""
        parts, size = [], 0
        while size < HEAD_BYTES and (chunk := next(self.chunks, b"")):
            parts.append(chunk)
            size += len(chunk)
        return b"".join(parts)


@dataclass(frozen=True)
class Member:
    """A file of an archive. name: with its folders, as the archive has it; empty in a gzip, which knows none."""

    name: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class Archive:
    """members: files to be taken in one by one: several, or one that is an archive or a workbook in turn.

    read: how many bytes of the upload are behind what they gave so far.
    """

    members: list[Member]
    read: Callable[[], int]


@contextmanager
def contents_of(stored_name: str) -> Iterator[Contents | Archive]:
    """What a stored upload holds. Opening and reading raise UnreadableFile with what is wrong and its remedy."""
    if not stored_name:
        raise UnreadableFile("DISPOSED", "This file was disposed of, its time was over. Hand it in again to read it.")
    with ExitStack() as stack:
        upload = stack.enter_context(files.opened(stored_name))
        mark = upload.read(4) or b""
        upload.seek(0)
        if mark.startswith(_GZIP):
            yield _only(Member("", lambda: _gunzipped(upload.pieces())), upload)
        elif mark.startswith(_ZIP):
            archive = stack.enter_context(_archive(upload))
            names = {member.filename for member in archive.infolist()}
            if "[Content_Types].xml" in names or "mimetype" in names:
                yield _sheet(upload, names, stack)
            else:
                members = _members(archive)
                yield _only(members[0], upload) if len(members) == 1 else Archive(members, upload.tell)
        else:
            yield Contents(upload.pieces(), upload.tell)


def _only(member: Member, upload: files.PlainFile) -> Contents | Archive:
    chunks = member.chunks()
    first = next(chunks, b"")
    if first.startswith((_GZIP, *_ZIP)):
        return Archive([member], upload.tell)
    return Contents(chain([first], chunks), upload.tell)


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The members of a gzip one after the other; zeros behind the last one are padding."""
    size, unpacker = 0, None
    for piece in pieces:
        data = piece
        while True:
            if unpacker is None:
                data = data.lstrip(b"\0")
                if not data:
                    break
                unpacker = zlib.decompressobj(wbits=31)
            try:
                found = unpacker.decompress(data, CHUNK)
            except zlib.error as error:
                raise _damaged("gzip") from error
            if found:
                size += len(found)
                _check_size(size)
                yield found
            if unpacker.eof:
                data, unpacker = unpacker.unused_data, None
                continue
            data = unpacker.unconsumed_tail
            if not data and not found:
                break
    if unpacker is not None:
        raise UnreadableFile("archive_cut_off", "The gzip archive is cut off. Upload it again, as a whole.")


def _archive(upload: files.PlainFile) -> zipfile.ZipFile:
    _check_directory(upload)
    try:
        return zipfile.ZipFile(io.BufferedReader(upload, CHUNK))
    except _BROKEN as error:
        raise _damaged("zip") from error


def _sheet(upload: files.PlainFile, names: set[str], stack: ExitStack) -> Contents:
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(
            "other_office_file",
            "This is an Office file, but no Excel workbook (.xlsx). Save the sheet with the claims as .xlsx or as CSV "
            "and upload that.",
        )
    workbook = Workbook(upload.size, upload.pieces())
    stack.callback(workbook.close)
    return Contents(
        workbook.chunks(), lambda: upload.size * workbook.rows_read // max(workbook.rows, 1), workbook.findings
    )


def _members(archive: zipfile.ZipFile) -> list[Member]:
    found = [
        each for each in archive.infolist() if not each.filename.endswith("/") and not _CLUTTER.search(each.filename)
    ]
    if not found:
        raise UnreadableFile("archive_files", "The zip archive is empty.")
    if len(found) > MOST_MEMBERS:
        raise UnreadableFile(
            "archive_files",
            f"The zip archive holds {len(found):,} files; at most {MOST_MEMBERS:,} are taken. Make several of it.",
        )
    _check_size(sum(each.file_size for each in found))
    return [Member(each.filename, partial(_unzipped, archive, each)) for each in found]


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    if member.flag_bits & 1:
        raise UnreadableFile("password", "The zip archive is protected by a password. Unpack it and upload the file.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFile(
            "archive_method", "The zip archive is packed in an unusual way. Make it again as plain zip."
        )
    try:
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except _BROKEN as error:
        raise _damaged("zip") from error


def _check_directory(upload: files.PlainFile) -> None:
    """Look at the size of the list of files before it is read."""
    end = upload.seek(0, io.SEEK_END)
    upload.seek(max(0, end - (22 + 0xFFFF)))
    tail = b"".join(iter(lambda: upload.read(CHUNK) or b"", b""))
    upload.seek(0)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) < found + 22:
        raise UnreadableFile("archive_cut_off", "The zip archive is cut off. Upload it again, as a whole.")
    if struct.unpack_from("<I", tail, found + 12)[0] > MOST_DIRECTORY_BYTES:
        raise UnreadableFile(
            "archive_files", "The zip archive holds too many files. Unpack it and upload some of them."
        )


def _check_size(size: int) -> None:
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // 1024**2
        raise UnreadableFile(
            "archive_size", f"What the archive holds is larger than {limit} MB. Unpack it and upload the parts."
        )


def _damaged(kind: str) -> UnreadableFile:
    return UnreadableFile("archive_damaged", f"The {kind} archive is damaged. Make it again, or upload the file in it.")
