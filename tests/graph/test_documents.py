"""Trusted documents: what an application registered is answered to anybody, what is made up needs a permission."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import Client
from graphql import parse, validate
from schema_walk import CORE
from support import ROOT, GraphQL, registered

from upstream.accounts.models import Organization
from upstream.accounts.roles import ROLE_PERMISSIONS, Role
from upstream.core.actor import Actor
from upstream.graph.documents import Documents, trusted
from upstream.graph.limits import MAX_CHARACTERS
from upstream.graph.permissions import Permission

SPA = Path(settings.TRUSTED_DOCUMENTS[0]) / "spa.json"
VIEWER = "{ viewer { role } }"
CHANGE = "mutation { requireSecondFactor(required: true) { errors { code } } }"
UPLOAD = "mutation Hand($file: Upload!) { uploadFile(file: $file) { upload { id } errors { code } } }"
MODERN = {"Accept": "application/graphql-response+json"}


def by_json(client: Client, **body: Any) -> HttpResponse:
    return client.post("/graphql/", json.dumps(body), content_type="application/json")


def by_json_of_now(client: Client, **body: Any) -> HttpResponse:
    return client.post("/graphql/", json.dumps(body), content_type="application/json", headers=MODERN)


def by_multipart(client: Client, **body: Any) -> HttpResponse:
    return client.post("/graphql/", {"operations": json.dumps(body), "map": "{}"})


TRANSPORTS = [by_json, by_json_of_now, by_multipart]


@pytest.mark.parametrize("send", TRANSPORTS)
@pytest.mark.parametrize("role", list(Role))
def test_what_nobody_registered_is_answered_to_who_may_write_queries(
    member: Callable[..., Actor], role: Role, send: Callable[..., HttpResponse]
) -> None:
    answer = send(GraphQL(member(role)).client, query=VIEWER).json()
    if Permission.AD_HOC_QUERIES in ROLE_PERMISSIONS[role]:
        assert answer == {"data": {"viewer": {"role": role}}}
        return
    (error,) = answer["errors"]
    assert "data" not in answer and "register" in error["message"] and "owner or admin" in error["message"]
    assert error["extensions"] == {"code": "FORBIDDEN", "permission": "AD_HOC_QUERIES"}


@pytest.mark.parametrize("send", TRANSPORTS)
def test_without_a_sign_in_nothing_is_made_up(db: None, send: Callable[..., HttpResponse]) -> None:
    client = Client(headers={"X-Upstream-Client": "tests"})
    for query in (VIEWER, "{ __typename }", "{", "", "query { __schema { types { name } } }"):
        answer = send(client, query=query).json()
        assert "data" not in answer and answer["errors"][0]["extensions"]["code"] in {"UNAUTHENTICATED", "BAD_REQUEST"}
    assert send(client, query=registered(VIEWER)).json() == {"data": {"viewer": None}}


def test_who_reads_the_schema_may_use_it() -> None:
    for permissions in ROLE_PERMISSIONS.values():
        assert (Permission.SCHEMA_READ in permissions) == (Permission.AD_HOC_QUERIES in permissions)


def test_a_refused_document_is_neither_carried_out_nor_looked_at(
    graphql: type[GraphQL], organization: Organization, owner: Actor, care_team: Actor
) -> None:
    # A document that is not even GraphQL is refused with the same words: it is not parsed.
    client = graphql(care_team).client
    assert by_json(client, query=CHANGE).json() == by_json(client, query="{{{").json()
    # An owner's token changes the policy by the very text.
    assert by_json(graphql(owner).client, query=CHANGE).json()["data"]["requireSecondFactor"]["errors"] is not None


def test_a_file_of_an_unregistered_mutation_is_not_taken(graphql: type[GraphQL], care_team: Actor) -> None:
    from upstream.intake.models import Upload

    client = graphql(care_team).client
    form = {
        "operations": json.dumps({"query": UPLOAD, "variables": {"file": None}}),
        "map": json.dumps({"0": ["variables.file"]}),
    }
    refused = client.post("/graphql/", {**form, "0": BytesIO(b"payer\n")}).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN" and not Upload.unscoped.exists()
    registered(UPLOAD)
    assert "errors" not in client.post("/graphql/", {**form, "0": BytesIO(b"payer\n")}).json()
    assert Upload.unscoped.count() == 1


@pytest.mark.parametrize("send", TRANSPORTS)
def test_a_registered_document_is_known_by_its_digest_alone(
    graphql: type[GraphQL], care_team: Actor, send: Callable[..., HttpResponse]
) -> None:
    text = "query Who($yes: Boolean!) { viewer { role @include(if: $yes) } }"
    identifier = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    client = graphql(care_team).client
    unknown = send(client, documentId=identifier, variables={"yes": True})
    (error,) = unknown.json()["errors"]
    assert unknown.status_code == 400 and error["extensions"] == {"code": "DOCUMENT_NOT_FOUND"}
    assert "Reload the page" in error["message"] and "data" not in unknown.json()
    assert trusted.register(text) == identifier
    known = send(client, documentId=identifier, operationName="Who", variables={"yes": True})
    assert known.json() == {"data": {"viewer": {"role": "CARE_TEAM"}}}
    assert send(client, query=text, variables={"yes": True}).json() == known.json()


@pytest.mark.parametrize("body", [{"documentId": 5}, {"documentId": None}, {"documentId": "sha256:0", "query": VIEWER}])
def test_a_document_is_either_named_or_written_out(db: None, body: dict[str, Any]) -> None:
    answer = by_json(Client(), **body)
    assert answer.status_code == 400 and answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


def test_everything_the_spa_asks_is_registered_valid_and_within_the_limits() -> None:
    manifest = json.loads(SPA.read_text())
    assert len(manifest) > 100
    for text in manifest.values():
        assert text in trusted and len(text) < MAX_CHARACTERS
        assert not validate(CORE, parse(text))


def test_manifests_of_other_applications_are_read_in_the_usual_forms(tmp_path: Path) -> None:
    texts = [f"query Of{number} {{ viewer {{ id }} }}" for number in range(3)]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    operations = [{"id": digests[2], "body": texts[2], "name": "Of2", "type": "query"}]
    apollo = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
    (tmp_path / "plain.json").write_text(json.dumps({digests[0]: texts[0], f"sha256:{digests[1]}": texts[1]}))
    (tmp_path / "apollo.json").write_text(json.dumps(apollo))
    (tmp_path / "readme.txt").write_text("not one of them")
    documents = Documents()
    documents.read([tmp_path])
    assert [documents.text(f"sha256:{digest}") for digest in digests] == texts and len(documents) == 3


@pytest.mark.parametrize("content", ["", "[]", "{", '{"operations": [{"id": "1"}]}', '{"operations": [5]}'])
def test_what_is_no_manifest_is_told_by_its_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "phone.json").write_text(content)
    with pytest.raises(ImproperlyConfigured, match=r"phone\.json is not a manifest"):
        Documents().read([tmp_path])


@pytest.mark.parametrize("manifest", [{"0" * 64: VIEWER}, {"md5:5": VIEWER}, {"0" * 64: 5}])
def test_a_text_under_a_digest_that_is_not_its_own_keeps_the_server_from_starting(
    tmp_path: Path, manifest: dict[str, Any]
) -> None:
    (tmp_path / "phone.json").write_text(json.dumps(manifest))
    ran = subprocess.run(
        [sys.executable, "backend/manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "TRUSTED_DOCUMENTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode and f"phone.json: {next(iter(manifest))} is not the SHA-256 of its document" in ran.stderr


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="no folder"):
        Documents().read([tmp_path / "nowhere"])
