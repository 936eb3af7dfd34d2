"""Files at rest: unreadable on disk, whole or not at all."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.phi import files
from upstream.phi.keys import UnreadableValue


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def stored(folder: Path) -> Path:
    return next(path for path in folder.rglob("*") if path.is_file())


def test_content_comes_back_and_is_not_on_the_disk(folder: Path) -> None:
    content = b"MEMBER,Amalia Testperson\n" * 100_000
    name, size, digest = files.save("uploads/a", [content[:7], content[7:]])
    assert size == len(content) and len(digest) == 64
    assert b"".join(files.read(name)) == content
    assert b"Amalia" not in stored(folder).read_bytes()


@pytest.mark.parametrize("size", [0, 1, files.PIECE - 1, files.PIECE, files.PIECE + 1, 2 * files.PIECE])
def test_every_length_around_a_piece_comes_back(size: int) -> None:
    content = bytes(size)
    name, counted, _ = files.save("uploads/a", [content])
    assert counted == size and b"".join(files.read(name)) == content


def test_a_cut_off_file_is_told(folder: Path) -> None:
    name, _, _ = files.save("uploads/a", [bytes(3 * files.PIECE)])
    path = stored(folder)
    path.write_bytes(path.read_bytes()[: -files.PIECE])
    with pytest.raises(UnreadableValue):
        list(files.read(name))


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_file_cut_between_two_pieces_is_told(folder: Path, pieces: int) -> None:
    name, _, _ = files.save("uploads/a", [bytes(2 * files.PIECE + 5)])
    path = stored(folder)
    path.write_bytes(path.read_bytes()[: 24 + pieces * (4 + files.PIECE + 16)])
    with pytest.raises(UnreadableValue):
        list(files.read(name))


def test_a_changed_byte_is_told(folder: Path) -> None:
    name, _, _ = files.save("uploads/a", [b"claims"])
    path = stored(folder)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableValue):
        list(files.read(name))


def test_a_new_key_in_front_still_reads_old_files(settings) -> None:
    name, _, _ = files.save("uploads/a", [b"claims"])
    old = settings.FIELD_ENCRYPTION_KEY
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode(), *old]
    assert b"".join(files.read(name)) == b"claims"
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode()]
    with pytest.raises(UnreadableValue, match="FIELD_ENCRYPTION_KEY"):
        list(files.read(name))


@given(chunks=st.lists(st.binary(max_size=200), max_size=20))
@settings(max_examples=50, deadline=None)
def test_chunks_of_any_shape_come_back(chunks: list[bytes]) -> None:
    name, _, _ = files.save("uploads/a", chunks)
    assert b"".join(files.read(name)) == b"".join(chunks)
