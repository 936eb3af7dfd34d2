"""Uploads over REST: handed in by machines and people, followed to their end, never told to another organization."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from api.rest import CSV, UPLOADS, form, new_key, send, send_form, stream, told, with_key, with_token
from django.test import Client

from upstream.accounts import service_keys
from upstream.accounts.models import Organization, ServiceKey
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.models import JobState
from upstream.intake import services
from upstream.intake.models import Upload
from upstream.phi import files


@pytest.fixture
def machine(owner: Actor) -> Client:
    return with_key(new_key(owner))


def test_a_machine_hands_a_file_in_and_follows_it(machine: Client, run_jobs: Callable[[], int]) -> None:
    taken = send(machine)
    assert taken.status_code == 202
    receipt = taken.json()
    assert receipt == {"id": receipt["id"], "state": "QUEUED", "links": {"self": f"{UPLOADS}{receipt['id']}/"}}
    assert taken["Location"] == receipt["links"]["self"]
    run_jobs()
    followed = machine.get(receipt["links"]["self"])
    assert followed.status_code == 200
    upload = followed.json()
    assert upload | {"sha256": "", "created_at": "", "findings": []} == {
        "id": receipt["id"],
        "state": "SUCCEEDED",
        "file_name": upload["file_name"],
        "kind": "CLAIMS_CSV",
        "size_bytes": len(CSV),
        "sha256": "",
        "created_at": "",
        "progress": {"done": len(CSV), "total": len(CSV), "step": "Reading claims"},
        "error": None,
        "duplicate_of": None,
        "container": None,
        "rows_read": 2,
        "lines_read": 1,
        "claims_created": 1,
        "claims_updated": 0,
        "claims_unchanged": 0,
        "rows_quarantined": 1,
        "quarantine_truncated": False,
        "findings": [],
        "links": receipt["links"],
    }
    assert "Hollowell" not in followed.content.decode()


def test_how_a_file_is_called_is_told_to_who_may_read_phi(machine: Client, owner: Actor, analyst: Actor) -> None:
    place = send(machine, name="Wren Hollowell.csv").json()["links"]["self"]
    told = [client.get(place).json()["file_name"] for client in (with_token(owner), with_token(analyst), machine)]
    kind_and_moment = f"UNKNOWN {Upload.unscoped.get().created_at:%Y-%m-%d %H:%M} UTC"
    assert told == ["Wren Hollowell.csv", kind_and_moment, kind_and_moment]


def test_findings_are_told(machine: Client, run_jobs: Callable[[], int]) -> None:
    receipt = send(machine, gzip.compress(CSV), name="march.csv.gz").json()
    run_jobs()
    upload = machine.get(receipt["links"]["self"]).json()
    assert upload["findings"] == Upload.unscoped.get(pk=receipt["id"]).findings


def test_what_nothing_can_be_read_of_says_why(machine: Client, run_jobs: Callable[[], int]) -> None:
    receipt = send(machine, b"%PDF-1.7 nothing of ours").json()
    run_jobs()
    upload = machine.get(receipt["links"]["self"]).json()
    assert upload["state"] == "FAILED"
    assert upload["error"]["code"] == "INVALID" and upload["error"]["message"]


def test_a_form_with_the_file_does_as_well(machine: Client, organization: Organization) -> None:
    taken = send_form(machine, form(('name="file"; filename="märz.csv"', CSV)))
    assert taken.status_code == 202
    upload = Upload.objects.for_organization(organization).get()
    assert (upload.file_name, b"".join(files.read(upload.stored_name))) == ("märz.csv", CSV)


def test_content_that_looks_like_the_forms_end_is_kept(machine: Client, organization: Organization) -> None:
    content = b"\r\n--limi\r\n--limit_\r--limit--\n" * 40_000
    assert (
        send_form(
            machine, form(('name="file"; filename="a"', content), boundary="limitt"), boundary="limitt"
        ).status_code
        == 202
    )
    assert b"".join(files.read(Upload.objects.for_organization(organization).get().stored_name)) == content


def test_a_name_that_is_not_ascii_comes_percent_encoded(machine: Client, organization: Organization) -> None:
    send(machine, name="..%2Fm%C3%A4rz%202026.csv")
    assert Upload.objects.for_organization(organization).get().file_name == "märz 2026.csv"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (form(('name="file"; filename="a.csv"', b"")), (400, "INVALID", "file")),
        (form(), (400, "INVALID", "file")),
        (form(('name="data"; filename="a.csv"', CSV)), (400, "INVALID", "file")),
        (form(('name="note"', b"x"), ('name="file"; filename="a.csv"', CSV)), (400, "INVALID", "file")),
        (
            form(('name="file"; filename="a.csv"', CSV), ('name="file"; filename="b.csv"', CSV)),
            (400, "INVALID", "file"),
        ),
        (form(('name="file"; filename="a.csv"', CSV), end=b""), (400, "INVALID", "file")),
        (form(('name="file"; filename="a.csv"', CSV))[:-30], (400, "INVALID", "file")),
        (b"no form at all", (400, "INVALID", "file")),
        (b"--limit\r\n" + b"x" * 100_000, (400, "INVALID", "file")),
        (b"", (400, "REQUIRED", "file")),
    ],
)
def test_a_form_that_is_not_one_file_leaves_nothing_behind(
    machine: Client, settings: Any, tmp_path: Path, body: bytes, expected: tuple
) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert told(send_form(machine, body, key="same")) == expected
    assert not Upload.unscoped.exists() and not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert send(machine, key="same").status_code == 202, "the key is free again"


def test_a_form_without_a_boundary_is_none(machine: Client) -> None:
    headers = {"Idempotency-Key": "k"}
    assert told(machine.post(UPLOADS, b"x", content_type="multipart/form-data", headers=headers)) == (
        400,
        "INVALID",
        "file",
    )


def test_an_empty_file_is_refused(machine: Client) -> None:
    assert told(send(machine, b"")) == (400, "REQUIRED", "file")


def test_a_file_without_a_name_is_refused(machine: Client) -> None:
    assert told(send(machine, name=" ")) == (400, "REQUIRED", "X-File-Name")


@pytest.mark.parametrize("content_type", ["text/csv", "application/json", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_refused(machine: Client, content_type: str) -> None:
    response = machine.post(UPLOADS, CSV, content_type=content_type, headers={"Idempotency-Key": "k"})
    assert told(response) == (415, "INVALID", None)
    assert "multipart/form-data or application/octet-stream" in response.json()["message"]


def test_a_file_beyond_the_limit_is_refused(machine: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.UPLOAD_MAX_BYTES = 1000
    assert told(send(machine, b"x" * 1001)) == (413, "TOO_LARGE", "file")
    assert told(send_form(machine, form(('name="file"; filename="a"', b"x" * 1001)))) == (413, "TOO_LARGE", "file")
    assert not Upload.unscoped.exists() and not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert send(machine, b"x" * 1000).status_code == 202


def test_a_body_that_says_it_is_far_too_large_is_not_read(machine: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    assert told(send(machine, b"x", CONTENT_LENGTH="1000000")) == (413, "TOO_LARGE", "file")


@pytest.mark.parametrize("how", ["ends", "fails"])
def test_a_body_that_breaks_off_is_refused(owner: Actor, how: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield CSV[:50]
        if how == "fails":
            raise OSError("connection reset")

    key = new_key(owner)
    headers = {
        "Authorization": f"Api-Key {key}",
        "Idempotency-Key": "k",
        "X-File-Name": "a.csv",
        "Content-Type": "application/octet-stream",
    }
    status, error = stream(headers, pieces(), len(CSV))
    assert (status, error["code"]) == (400, "INVALID") and "broke off" in error["message"]
    assert not Upload.unscoped.exists()
    assert send(with_key(key), key="k").status_code == 202


# Who may


@pytest.mark.parametrize(
    "credential",
    ["", "Api-Key", "Api-Key upk_000000000000_" + "A" * 43, "Bearer nonsense", "Basic dXNlcjpwYXNz", "Api-Key \x00é"],
)
def test_without_a_credential_that_counts_nobody_is_answered(db: None, credential: str) -> None:
    client = Client(headers={"Authorization": credential} if credential else {})
    for response in (client.get(UPLOADS), send(client), client.get(f"{UPLOADS}{uuid4()}/")):
        assert told(response) == (401, "UNAUTHENTICATED", None)
        assert response["WWW-Authenticate"] == "Api-Key, Bearer"


def test_a_key_in_the_address_or_under_another_scheme_does_not_count(owner: Actor) -> None:
    key = new_key(owner)
    assert Client().get(UPLOADS, {"api_key": key, "key": key}).status_code == 401
    assert Client(headers={"Authorization": f"Bearer {key}"}).get(UPLOADS).status_code == 401
    assert Client(headers={"X-Api-Key": key}).get(UPLOADS).status_code == 401


def test_a_revoked_and_an_expired_key_are_turned_away(owner: Actor) -> None:
    revoked, expired = new_key(owner), new_key(owner)
    assert with_key(revoked).get(UPLOADS).status_code == with_key(expired).get(UPLOADS).status_code == 200
    service_keys.revoke_service_key(actor=owner, key_id=ServiceKey.unscoped.get(prefix=revoked[:16]).pk)
    ServiceKey.unscoped.filter(prefix=expired[:16]).update(expires_at=clock.now())
    assert (
        told(with_key(revoked).get(UPLOADS)) == told(with_key(expired).get(UPLOADS)) == (401, "UNAUTHENTICATED", None)
    )


def test_a_key_does_what_its_scopes_say_and_no_more(owner: Actor) -> None:
    writes, reads = with_key(new_key(owner, "uploads:write")), with_key(new_key(owner, "uploads:read"))
    address = send(writes).json()["links"]["self"]
    assert told(writes.get(UPLOADS)) == told(writes.get(address)) == (403, "FORBIDDEN", None)
    assert told(send(reads)) == (403, "FORBIDDEN", None)
    assert reads.get(address).status_code == reads.get(UPLOADS).status_code == 200
    assert Upload.unscoped.count() == 1


@pytest.mark.parametrize("role", Role.values)
def test_people_may_what_their_role_says(member: Callable[..., Actor], role: str) -> None:
    actor = member(Role(role))
    client = with_token(actor)
    assert client.get(UPLOADS).status_code == (200 if actor.may("UPLOADS_READ") else 403)
    assert send(client).status_code == (202 if actor.may("UPLOADS_WRITE") else 403)


def test_an_upload_names_the_key_or_the_person_in_the_audit_trail(
    organization: Organization, owner: Actor, machine: Client
) -> None:
    send(machine)
    send(with_token(owner), CSV + b"\n")
    events = AuditEvent.objects.for_organization(organization).filter(action="upload.received").order_by("sequence")
    assert [(event.actor_kind, event.actor_id) for event in events] == [
        ("service_key", ServiceKey.unscoped.get().pk),
        ("person", owner.user_id),
    ]


# Another organization


@pytest.fixture
def stranger(member: Callable[..., Actor], other_organization: Organization) -> Client:
    return with_key(new_key(member(Role.OWNER, other_organization)))


def test_another_organizations_upload_answers_like_an_unknown_one(machine: Client, stranger: Client) -> None:
    address = send(machine).json()["links"]["self"]
    answers = [stranger.get(address), stranger.get(f"{UPLOADS}{uuid4()}/")]
    assert told(answers[0]) == (404, "NOT_FOUND", "id")
    assert answers[0].content == answers[1].content
    headers = [{k: v for k, v in answer.headers.items() if k != "X-Request-Id"} for answer in answers]
    assert headers[0] == headers[1]
    assert stranger.get(UPLOADS).json() == {"items": [], "next": None}


def test_the_same_key_means_another_thing_in_another_organization(machine: Client, stranger: Client) -> None:
    first, second = send(machine, key="march"), send(stranger, key="march")
    assert first.status_code == second.status_code == 202
    assert first.json()["id"] != second.json()["id"]


# Lists


def test_the_list_goes_on_page_by_page_the_newest_first(machine: Client) -> None:
    ids = [send(machine, CSV + b"\n" * number).json()["id"] for number in range(5)]
    seen, address = [], f"{UPLOADS}?first=2"
    while address:
        page = machine.get(address).json()
        assert len(page["items"]) <= 2
        seen += [item["id"] for item in page["items"]]
        address = page["next"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("first", ["0", "201", "-1", "x", "", "٣", "1e2", "9" * 50])
def test_a_page_holds_1_to_200(machine: Client, first: str) -> None:
    assert told(machine.get(UPLOADS, {"first": first})) == (400, "INVALID", "first")


def test_a_cursor_of_another_list_is_refused(machine: Client, stranger: Client) -> None:
    for number in range(2):
        send(machine, CSV + b"\n" * number)
    address = machine.get(UPLOADS, {"first": 1}).json()["next"]
    assert told(stranger.get(address)) == (400, "INVALID", "after")
    assert told(machine.get(UPLOADS, {"after": "x.y"})) == (400, "INVALID", "after")


@pytest.mark.parametrize("path", ["", "one"])
def test_a_request_costs_the_same_however_many_uploads_there_are(
    machine: Client, count_queries: Callable, path: str
) -> None:
    upload = send(machine).json()
    address = upload["links"]["self"] if path else UPLOADS
    costs = []
    for _ in range(2):
        with count_queries() as queries:
            assert machine.get(address).status_code == 200
        costs.append(len(queries))
        for number in range(1, 4):
            send(machine, CSV + b"\n" * number)
    # The key, and the rows with their jobs.
    assert costs == [2, 2]


def test_the_same_file_under_another_key_is_told_as_a_duplicate(machine: Client, run_jobs: Callable[[], int]) -> None:
    first = send(machine).json()["id"]
    run_jobs()
    second = machine.get(send(machine).json()["links"]["self"]).json()
    assert (second["state"], second["duplicate_of"]) == ("SUCCEEDED", first)


def test_a_failed_job_of_an_unknown_kind_of_error_is_told_as_internal(machine: Client) -> None:
    upload = Upload.unscoped.select_related("job").get(pk=send(machine).json()["id"])
    upload.job.state, upload.job.error_code, upload.job.error_message = JobState.FAILED, "WORKER_LOST", "It stopped."
    upload.job.save()
    shown = machine.get(f"{UPLOADS}{upload.pk}/").json()
    assert shown["error"] == {"code": "INTERNAL", "message": "It stopped."}


def test_what_breaks_on_our_side_is_logged_and_told_without_its_words(
    machine: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("Wren Hollowell")

    monkeypatch.setattr(services, "receive_upload", broken)
    response = send(machine)
    assert told(response) == (500, "INTERNAL", None)
    assert "Hollowell" not in response.content.decode() and response["X-Request-Id"]
    assert "UploadsView broke" in caplog.text


def test_a_storage_that_fails_frees_the_key(machine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "enqueue", full)
        assert send(machine, key="k").status_code == 500
    assert send(machine, key="k").status_code == 202
