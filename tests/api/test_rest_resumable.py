"""Files that come in parts: gone on with after whatever stopped them, whole or not at all, encrypted all the way."""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from api.rest import CSV, UPLOADS, new_key, stream, told, with_key, with_token
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from support import Thread

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.intake import resumable
from upstream.intake.models import ResumableUpload, Upload, UploadPart
from upstream.phi import files
from upstream.phi.keys import UnreadableValue

RESUMABLE = f"{UPLOADS}resumable/"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def machine(owner: Actor) -> Client:
    return with_key(new_key(owner))


def announce(client: Client, size: int = len(CSV), name: str = "märz.csv") -> HttpResponse:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(size)}
    return client.post(
        RESUMABLE, headers=headers | {"Upload-Metadata": f"filename {b64encode(name.encode()).decode()}"}
    )


def begun(client: Client, size: int = len(CSV)) -> str:
    response = announce(client, size)
    assert response.status_code == 201
    return str(response["Location"])


def append(client: Client, address: str, body: bytes, offset: int | str) -> HttpResponse:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset)}
    return client.patch(address, body, content_type="application/offset+octet-stream", headers=headers)


def stands_at(client: Client, address: str) -> int:
    response = client.head(address)
    assert response.status_code == 200 and response.content == b"" and response["Cache-Control"] == "no-store"
    assert response["Tus-Resumable"] == "1.0.0"
    return int(response["Upload-Offset"])


def test_a_file_in_parts_becomes_an_upload_like_any_other(
    machine: Client, organization: Organization, folder: Path, run_jobs: Callable[[], int]
) -> None:
    address = begun(machine)
    assert stands_at(machine, address) == 0
    for start in range(0, len(CSV), 50):
        taken = append(machine, address, CSV[start : start + 50], start)
        assert taken.status_code == 204 and int(taken["Upload-Offset"]) == min(start + 50, len(CSV))
    told_of = machine.get(address).json()
    assert told_of["received_bytes"] == told_of["size_bytes"] == len(CSV)
    upload = Upload.objects.for_organization(organization).get()
    assert told_of["upload"]["id"] == str(upload.pk) and upload.file_name == "märz.csv"
    assert b"".join(files.read(upload.stored_name)) == CSV
    assert len(on_disk(folder)) == 1 and not UploadPart.unscoped.exists(), "the parts are gone"
    run_jobs()
    assert machine.get(address).json()["upload"]["claims_created"] == 1
    assert AuditEvent.objects.for_organization(organization).filter(action="upload.received").count() == 1


def test_parts_lie_encrypted(machine: Client, folder: Path) -> None:
    address = begun(machine)
    append(machine, address, CSV[:-1], 0)
    (part,) = on_disk(folder)
    assert b"Hollowell" in CSV[:-1] and b"Hollowell" not in part.read_bytes()


def test_what_came_before_the_connection_was_lost_is_kept(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resumable, "PART", 64)
    key = new_key(owner)
    machine = with_key(key)
    address = begun(machine)

    def pieces() -> Iterator[bytes]:
        yield CSV[:100]
        raise OSError("connection reset")

    headers = {
        "Authorization": f"Api-Key {key}",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }
    status, error = stream(headers, pieces(), len(CSV), method="PATCH", path=address)
    assert (status, error["code"]) == (400, "INVALID")
    assert stands_at(machine, address) == 100
    assert [part.offset for part in UploadPart.unscoped.order_by("offset")] == [0, 64]
    assert append(machine, address, CSV[100:], 100).status_code == 204
    assert b"".join(files.read(Upload.unscoped.get().stored_name)) == CSV


def test_a_part_at_another_place_is_refused_and_changes_nothing(machine: Client, folder: Path) -> None:
    address = begun(machine)
    append(machine, address, CSV[:20], 0)
    for offset in (0, 10, 21, 10**17):
        assert told(append(machine, address, b"x", offset)) == (409, "CONFLICT", "Upload-Offset")
    assert stands_at(machine, address) == 20 and len(on_disk(folder)) == 1


def test_more_than_was_announced_is_refused(machine: Client) -> None:
    address = begun(machine, 10)
    assert told(append(machine, address, b"x" * 11, 0)) == (413, "TOO_LARGE", "Upload-Length")
    assert stands_at(machine, address) == 0 and not Upload.unscoped.exists()


def test_a_server_killed_before_it_joined_the_parts_joins_them_when_asked_again(
    machine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    address = begun(machine)
    with monkeypatch.context() as broken:
        broken.setattr(resumable, "receive_upload", killed)
        with pytest.raises(KeyboardInterrupt):
            append(machine, address, CSV, 0)
    assert stands_at(machine, address) == len(CSV) and not Upload.unscoped.exists()
    for _ in range(2):
        assert append(machine, address, b"", len(CSV)).status_code == 204
    assert Upload.unscoped.get().size_bytes == len(CSV)


def test_a_part_that_was_exchanged_or_changed_joins_nothing(machine: Client, folder: Path, caplog: Any) -> None:
    address = begun(machine)
    append(machine, address, CSV[:20], 0)
    append(machine, address, CSV[20:40], 20)
    first, second = (folder / part.stored_name for part in UploadPart.unscoped.order_by("offset"))
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    assert append(machine, address, CSV[40:], 40).status_code == 500
    assert UnreadableValue.__name__ in caplog.text and not Upload.unscoped.exists()
    first.write_bytes(kept)
    assert append(machine, address, b"", len(CSV)).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_parts_for_one_place_at_once_one_wins(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = with_key(new_key(owner))
    address = begun(machine, 100)
    both = threading.Barrier(2)
    save = files.save

    def together(*arguments: Any) -> Any:
        saved = save(*arguments)
        both.wait(timeout=20)
        return saved

    monkeypatch.setattr(files, "save", together)
    statuses: list[int] = []

    def send(content: bytes) -> None:
        statuses.append(append(machine, address, content, 0).status_code)
        connection.close()

    threads = [Thread(target=send, args=[content]) for content in (b"a" * 40, b"b" * 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204, 409]
    part = UploadPart.unscoped.get()
    assert stands_at(machine, address) == sum(1 for _ in b"".join(files.read(part.stored_name))) in (40, 60)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Upload-Metadata": "filename YQ=="}, (400, "REQUIRED", "Upload-Length")),
        ({"Upload-Length": "-1", "Upload-Metadata": "filename YQ=="}, (400, "INVALID", "Upload-Length")),
        ({"Upload-Length": "9" * 30, "Upload-Metadata": "filename YQ=="}, (400, "INVALID", "Upload-Length")),
        ({"Upload-Length": "0", "Upload-Metadata": "filename YQ=="}, (400, "INVALID", "Upload-Length")),
        ({"Upload-Length": "1001", "Upload-Metadata": "filename YQ=="}, (413, "TOO_LARGE", "file")),
        ({"Upload-Length": "5"}, (400, "REQUIRED", "Upload-Metadata")),
        ({"Upload-Length": "5", "Upload-Metadata": "filename !"}, (400, "INVALID", "Upload-Metadata")),
        ({"Upload-Length": "5", "Upload-Metadata": "filename /w=="}, (400, "INVALID", "Upload-Metadata")),
    ],
)
def test_what_an_announcement_lacks_is_told(machine: Client, settings: Any, headers: dict, expected: tuple) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    assert told(machine.post(RESUMABLE, headers=headers)) == expected
    assert not ResumableUpload.unscoped.exists()


def test_nobody_else_goes_on_with_it(
    machine: Client, owner: Actor, member: Callable[..., Actor], other_organization: Organization
) -> None:
    address = begun(machine)
    others = [
        with_key(new_key(owner)), with_token(owner), with_key(new_key(member(Role.OWNER, other_organization))),
    ]  # fmt: skip
    for other in others:
        unknown = other.get(f"{RESUMABLE}{uuid4()}/")
        assert told(unknown) == (404, "NOT_FOUND", "id")
        assert other.get(address).content == unknown.content
        assert told(append(other, address, CSV, 0)) == told(other.delete(address)) == (404, "NOT_FOUND", "id")
    assert told(Client().get(address)) == told(announce(Client())) == (401, "UNAUTHENTICATED", None)
    reader = with_key(new_key(owner, "uploads:read"))
    assert told(announce(reader)) == told(reader.get(address)) == (403, "FORBIDDEN", None)
    assert stands_at(machine, address) == 0


def test_what_is_ended_is_deleted_and_the_upload_it_became_stays(machine: Client, folder: Path) -> None:
    address, whole = begun(machine), begun(machine)
    append(machine, address, CSV[:20], 0)
    append(machine, whole, CSV, 0)
    for each in (address, whole):
        assert machine.delete(each).status_code == 204
        assert machine.head(each).status_code == 404
    assert len(on_disk(folder)) == Upload.unscoped.count() == 1


def test_what_nothing_came_for_in_a_day_is_deleted(machine: Client, folder: Path) -> None:
    left, alive, whole = begun(machine), begun(machine), begun(machine)
    append(machine, left, CSV[:20], 0)
    append(machine, alive, CSV[:30], 0)
    append(machine, whole, CSV, 0)
    # A part that was stored when its server was killed has no row.
    orphan = f"{Path(UploadPart.unscoped.get(offset=0, resumable_upload=left.split('/')[-2]).stored_name).parent}/20"
    files.save(orphan, [b"x"])
    assert resumable.expire() == 0
    ids = [address.split("/")[-2] for address in (left, whole)]
    ResumableUpload.unscoped.filter(pk__in=ids).update(expires_at=clock.now() - timedelta(seconds=1))
    assert machine.head(left).status_code == 404
    assert told(append(machine, left, CSV[20:], 20)) == (404, "NOT_FOUND", "id")
    assert resumable.expire() == 2 and resumable.expire() == 0
    assert len(on_disk(folder)) == 2, "the part of the one that is alive, and the upload"
    assert stands_at(machine, alive) == 30


def test_each_part_gives_the_rest_another_day(machine: Client) -> None:
    address = begun(machine)
    soon = clock.now() + timedelta(minutes=1)
    ResumableUpload.unscoped.update(expires_at=soon)
    append(machine, address, CSV[:20], 0)
    assert ResumableUpload.unscoped.get().expires_at > soon + timedelta(hours=23)
