"""Requests made from the description, good and bad: none breaks the server, every answer is one that is described."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from api.rest import CSV, new_key
from conftest import PASSWORD
from django.conf import LazySettings
from django.test.client import ClientHandler
from hypothesis import given
from hypothesis import settings as bounds
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from support import ROOT

from upstream.accounts.models import Organization, User
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.intake import webhooks
from upstream.rest.models import IdempotencyKey

pytestmark = pytest.mark.once


def application(environ: Any, start_response: Any) -> list[bytes]:
    """Upstream on the test's own transaction, as WSGI."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


DESCRIPTION = schemathesis.openapi.from_path(ROOT / "openapi.yaml")
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
DESCRIPTION.app = application
DESCRIPTION.config.update(base_url="http://localhost")
# Texts may hold whatever text in a database may.
DESCRIPTION.config.generation.update(allow_x00=False)
OPERATIONS = {operation.label: operation for operation in (found.ok() for found in DESCRIPTION.get_all_operations())}


def asks_for_what_cannot_be_described(case: Case) -> bool:
    """A cursor has to be one that was given out, only one of the two media types needs the file's name, and the name of
    a file that comes in parts is base64 of UTF-8.
    """
    nameless = not (case.headers or {}).get("X-File-Name", "").strip()
    encoded = "Upload-Metadata" in (case.headers or {})
    return encoded or "after" in (case.query or {}) or (nameless and case.media_type == "application/octet-stream")


# What good requests must have reached at least, so that something was tried.
REACHED = {
    "GET /api/v1/uploads/": 200,
    "POST /api/v1/uploads/": 202,
    "GET /api/v1/uploads/{upload_id}/": 404,
    "POST /api/v1/uploads/resumable/": 400,
    "GET /api/v1/uploads/resumable/{resumable_id}/": 404,
    "PATCH /api/v1/uploads/resumable/{resumable_id}/": 404,
    "DELETE /api/v1/uploads/resumable/{resumable_id}/": 404,
}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_breaks_the_server_or_its_promises(
    owner: Actor, settings: LazySettings, name: str, mode: GenerationMode
) -> None:
    settings.REST_REQUESTS_A_MINUTE = settings.REST_REQUESTS_A_MINUTE_OF_STRANGERS = 1_000_000
    headers = {"Authorization": f"Api-Key {new_key(owner)}"}
    statuses = set()

    @bounds(derandomize=True, max_examples=60, deadline=None, database=None)
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def try_it(case: Case) -> None:
        IdempotencyKey.unscoped.all().delete()
        excluded = [positive_data_acceptance] if asks_for_what_cannot_be_described(case) else []
        response = case.call_and_validate(headers=headers, excluded_checks=excluded)
        statuses.add(response.status_code)

    try_it()
    if mode == GenerationMode.POSITIVE:
        assert REACHED.get(name, 401) in statuses


def test_what_there_is_answers_as_described(
    organization: Organization, owner: Actor, run_jobs: Callable[[], int]
) -> None:
    headers = {"Authorization": f"Api-Key {new_key(owner)}"}

    def ask(name: str, **values: Any) -> Any:
        response = OPERATIONS[name].Case(**values).call_and_validate(headers=headers)
        assert response.status_code in (200, 201, 202, 204)
        return response.json() if response.content else response.headers

    def hand_in(body: bytes, key: str) -> str:
        given = {"Idempotency-Key": key, "X-File-Name": "a.csv"}
        return ask("POST /api/v1/uploads/", body=body, media_type="application/octet-stream", headers=given)["id"]

    done, failed = hand_in(gzip.compress(CSV, mtime=0), "1"), hand_in(b"%PDF-1.7", "2")
    run_jobs()
    again, queued = hand_in(gzip.compress(CSV, mtime=0), "3"), hand_in(CSV, "4")
    assert hand_in(CSV, "4") == queued
    states = {}
    for identifier in (done, failed, again, queued):
        upload = ask("GET /api/v1/uploads/{upload_id}/", path_parameters={"upload_id": identifier})
        states[identifier] = (upload["state"], upload["duplicate_of"], upload["error"] is None)
    assert states == {
        done: ("SUCCEEDED", None, True),
        failed: ("FAILED", None, False),
        again: ("SUCCEEDED", done, True),
        queued: ("QUEUED", None, True),
    }
    assert len(ask("GET /api/v1/uploads/")["items"]) == 4
    announced = {"Upload-Length": str(len(CSV) + 1), "Upload-Metadata": "filename YS5jc3Y="}
    place = ask("POST /api/v1/uploads/resumable/", headers=announced)["location"][0]
    part = {"path_parameters": {"resumable_id": place.split("/")[-2]}}
    one = "/api/v1/uploads/resumable/{resumable_id}/"
    for offset, body in ((0, CSV), (len(CSV), b"\n")):
        assert ask(f"GET {one}", **part)["received_bytes"] == offset
        given = {"Upload-Offset": str(offset)}
        ask(f"PATCH {one}", body=body, media_type="application/offset+octet-stream", headers=given, **part)
    assert ask(f"GET {one}", **part)["upload"]["state"] == "QUEUED"
    ask(f"DELETE {one}", **part)
    webhook, secret = webhooks.create_webhook(actor=owner, name="EHR")
    seconds, body = int(clock.now().timestamp()), {"resourceType": "Claim"}
    mark = webhooks.signature(secret, seconds, json.dumps(body).encode())
    ask(
        "POST /api/v1/webhooks/fhir/{webhook_id}/",
        body=body,
        media_type="application/fhir+json",
        headers={"X-Upstream-Signature": f"t={seconds},v1={mark}"},
        path_parameters={"webhook_id": str(webhook.pk)},
    )
    email = User.objects.get(pk=owner.user_id).email
    person = {"email": email, "password": PASSWORD, "organization_id": str(organization.pk)}
    pair = ask("POST /api/v1/auth/token/", body=person, media_type="application/json")
    ask("POST /api/v1/auth/token/verify/", body={"token": pair["access"]}, media_type="application/json")
    ask("POST /api/v1/auth/token/refresh/", body={"refresh": pair["refresh"]}, media_type="application/json")
