"""The HTTP side: what is malformed is a 400 that says so, nothing is a 500, nothing is guessed for the client."""

import json

import pytest
from django.test import Client
from support import registered

VIEWER = "{ viewer { id } }"
MODERN = {"Accept": "application/graphql-response+json"}


def post(body: bytes | str, content_type: str = "application/json", **headers: str):
    return Client(raise_request_exception=False).post("/graphql/", body, content_type=content_type, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"text"',
        b"[]",
        b"[1]",
        b"{",
        b"\xff\xfe",
        b"{}",
        b'{"query": 5}',
        b'{"query": "{ viewer { id } }", "variables": 3}',
        b'{"query": "{ viewer { id } }", "operationName": []}',
        b'{"query": "{ viewer { id } }", "extensions": 3}',
        b"[" * 100_000,
    ],
)
def test_malformed_bodies_are_400(db: None, body: bytes) -> None:
    response = post(body)
    # Of nothing at all the client tells no type.
    assert response.status_code == (400 if body else 415) and b"Traceback" not in response.content


def test_only_post_is_answered(db: None) -> None:
    client = Client()
    for method in (client.get, client.put, client.delete, client.head):
        response = method("/graphql/?query={viewer{id}}")
        assert response.status_code == 405 and response["Allow"] == "POST"


def test_errors_before_execution_have_no_data_and_are_400_for_modern_clients(db: None) -> None:
    body = json.dumps({"query": registered("{ nonsense }")})
    modern, classic = post(body, **MODERN), post(body)
    assert modern.status_code == 400 and modern["Content-Type"].startswith("application/graphql-response+json")
    assert classic.status_code == 200 and "data" not in classic.json() and "data" not in modern.json()


def test_no_name_is_suggested(db: None) -> None:
    answer = post(json.dumps({"query": registered("{ viewr { id } }")})).json()
    assert "viewer" not in answer["errors"][0]["message"] and "Did you mean" not in answer["errors"][0]["message"]


def test_multipart_needs_the_header_that_forms_cannot_send(db: None) -> None:
    form = {"operations": json.dumps({"query": registered(VIEWER)}), "map": "{}"}
    client = Client()
    assert client.post("/graphql/", form).status_code == 400
    assert client.post("/graphql/", form, headers={"X-Upstream-Client": "x"}).json() == {"data": {"viewer": None}}


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        ("null", "{}"),
        ("[]", "{}"),
        ("{}", "nonsense"),
        ('{"query": "{ viewer { id } }"}', '{"0": ["variables.file"]}'),
        ("{}", '{"0": 5}'),
        ("{}", "[]"),
    ],
)
def test_malformed_multipart_is_400(db: None, operations: str, places: str) -> None:
    response = Client(raise_request_exception=False).post(
        "/graphql/", {"operations": operations, "map": places}, headers={"X-Upstream-Client": "x"}
    )
    assert response.status_code == 400


def test_batches_are_refused(db: None) -> None:
    assert post(json.dumps([{"query": "{ viewer { id } }"}] * 3)).status_code == 400


def test_answers_are_not_kept_by_caches_and_carry_the_request_id(db: None) -> None:
    response = post(json.dumps({"query": registered(VIEWER)}), **{"X-Request-Id": "abc-12345678"})
    assert response["Cache-Control"] == "no-store" and response["X-Request-Id"] == "abc-12345678"
    assert post(json.dumps({"query": registered(VIEWER)}), **{"X-Request-Id": "bad id\n"})["X-Request-Id"] != "bad id"


def test_an_unexpected_error_is_masked_and_referenced(
    graphql, care_team, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    from upstream.graph import jobs

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(jobs, "page", broken)
    answer = graphql(care_team)("{ viewer { id } jobs { totalCount } }")
    error = answer["errors"][0]
    assert error["extensions"]["code"] == "INTERNAL" and error["extensions"]["reference"]
    assert "secret" not in json.dumps(answer) and answer["data"]["viewer"]
    assert "secret detail" in caplog.text
