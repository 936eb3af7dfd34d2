"""A file on its way in is held nowhere: not in memory, and on the disk only encrypted."""

import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import pytest
from api.rest import form, new_key, stream

from upstream.core.actor import Actor
from upstream.intake.models import Upload
from upstream.phi import files

MB = 1 << 20
LINE = b"C1,Aster Health,99213,Wren Hollowell\n"
PIECE = LINE * (MB // len(LINE))
PIECES = 64


def plain_on_the_disk(folder: Path) -> list[str]:
    """Files with the patient's name in them: under the folder, and open ones that have no name any more."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    for number in os.listdir("/proc/self/fd"):
        link = f"/proc/self/fd/{number}"
        try:
            target = os.readlink(link)
        except FileNotFoundError:
            continue
        if target.startswith(str(folder)):
            found.append(Path(link))
    assert found, "the encrypted file at least is being written"
    return [str(path) for path in found if path.stat().st_size and mentions(path)]


def mentions(path: Path) -> bool:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return content.find(b"Hollowell") >= 0


@pytest.mark.parametrize("as_form", [False, True])
def test_a_large_file_takes_little_memory_and_lies_nowhere_in_plain(
    owner: Actor, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_form: bool
) -> None:
    settings.MEDIA_ROOT = settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    head, tail = form(('name="file"; filename="big.csv"', b"|")).split(b"|") if as_form else (b"", b"")
    written: list[str] = []

    def pieces() -> Iterator[bytes]:
        yield head
        for number in range(PIECES):
            if number in (PIECES // 2, PIECES - 1):
                written.extend(plain_on_the_disk(tmp_path))
            yield PIECE
        yield tail

    headers = {
        "Authorization": f"Api-Key {new_key(owner)}",
        "Idempotency-Key": "big",
        "X-File-Name": "big.csv",
        "Content-Type": "multipart/form-data; boundary=limit" if as_form else "application/octet-stream",
    }
    # What is loaded at the first request of all is not the file's.
    assert stream(headers | {"Idempotency-Key": "small"}, [head + LINE + tail], len(head + LINE + tail))[0] == 202
    tracemalloc.start()
    try:
        status, receipt = stream(headers, pieces(), len(head) + PIECES * len(PIECE) + len(tail))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert status == 202 and written == [] and plain_on_the_disk(tmp_path) == []
    # Pieces of a megabyte, plain and sealed; never the 64 of the file.
    assert peak < 10 * MB, f"{peak / MB:.1f} MB"
    upload = Upload.unscoped.get(pk=receipt["id"])
    assert upload.size_bytes == PIECES * len(PIECE)
    assert next(files.read(upload.stored_name)).startswith(LINE)
