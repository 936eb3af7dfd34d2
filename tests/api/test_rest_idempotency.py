"""The same file handed in twice under one key is one upload, also when both come at the same moment."""

import threading
from collections.abc import Callable, Iterator

import pytest
from api.rest import CSV, UPLOADS, form, new_key, send, send_form, stream, told, with_key, with_token
from django.db import connection
from django.test import Client
from support import Thread

from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.intake.models import Upload
from upstream.rest.models import IdempotencyKey


@pytest.fixture
def key(owner: Actor) -> str:
    return new_key(owner)


@pytest.fixture
def machine(key: str) -> Client:
    return with_key(key)


def test_the_same_again_answers_the_same_upload(machine: Client, run_jobs: Callable[[], int]) -> None:
    first = send(machine, key="march")
    run_jobs()
    again = send(machine, key="march")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json() | {"state": "SUCCEEDED"}
    assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    assert again["Location"] == first["Location"]
    assert Upload.unscoped.count() == 1
    assert AuditEvent.unscoped.filter(action="upload.received").count() == 1


def test_it_is_the_files_bytes_that_are_the_same(machine: Client) -> None:
    first = send(machine, key="march")
    as_form = send_form(machine, form(('name="file"; filename="again.csv"', CSV)), key="march")
    assert (as_form.status_code, as_form.json()["id"]) == (200, first.json()["id"])


def test_the_same_from_a_person_of_the_organization_is_the_same(machine: Client, care_team: Actor) -> None:
    first = send(machine, key="march")
    assert send(with_token(care_team), key="march").json()["id"] == first.json()["id"]


def test_another_file_under_the_same_key_is_refused(machine: Client) -> None:
    first = send(machine, key="march")
    assert told(send(machine, CSV + b"\n", key="march")) == (422, "DUPLICATE", "Idempotency-Key")
    assert Upload.unscoped.count() == 1
    assert send(machine, key="march").json()["id"] == first.json()["id"]


@pytest.mark.parametrize("given", [None, "", "x" * 201, "a\tb", "\xe9"])
def test_a_key_is_needed_and_printable(machine: Client, given: str | None) -> None:
    headers = {"X-File-Name": "a.csv"} | ({} if given is None else {"Idempotency-Key": given})
    response = machine.post(UPLOADS, CSV, content_type="application/octet-stream", headers=headers)
    assert told(response) == (400, "INVALID" if given else "REQUIRED", "Idempotency-Key")
    assert not Upload.unscoped.exists()


def test_while_one_is_on_its_way_the_other_is_told_to_wait(key: str, machine: Client) -> None:
    meanwhile = []

    def pieces() -> Iterator[bytes]:
        yield CSV[:50]
        meanwhile.append(send(machine, key="march"))
        yield CSV[50:]

    headers = {
        "Authorization": f"Api-Key {key}",
        "Idempotency-Key": "march",
        "X-File-Name": "a.csv",
        "Content-Type": "application/octet-stream",
    }
    status, receipt = stream(headers, pieces(), len(CSV))
    assert status == 202 and told(meanwhile[0]) == (409, "CONFLICT", "Idempotency-Key")
    assert send(machine, key="march").json()["id"] == receipt["id"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_upload(key: str) -> None:
    start = threading.Barrier(8)
    answers: list[tuple[int, str]] = []

    def hand_in() -> None:
        try:
            start.wait()
            response = send(with_key(key), key="march")
            answers.append((response.status_code, response.json().get("id", "")))
        finally:
            connection.close()

    threads = [Thread(target=hand_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sorted(status for status, _ in answers)
    assert len(statuses) == 8 and statuses.count(202) == 1 and set(statuses) <= {200, 202, 409}
    upload = Upload.unscoped.get()
    assert {identifier for _, identifier in answers if identifier} == {str(upload.pk)}
    assert IdempotencyKey.unscoped.get().made_id == upload.pk
    assert send(with_key(key), key="march").status_code == 200
