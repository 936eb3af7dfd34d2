"""What scanners of GraphQL servers look for, such as graphql-cop (github.com/dolevf/graphql-cop): none of it is found.

Each check sends what that tool sends, as a stranger does, and as someone who has signed in.
"""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from support import registered

ALIASES = "query cop { " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }"
DUPLICATES = "query cop { " + "__typename " * 500 + "}"
DIRECTIVES = "query cop { __typename " + "@aa" * 10 + " }"
ROUND = "query cop { __schema { types " + "{ fields { type " * 4 + "{ name }" + " } }" * 4 + " } }"


@pytest.fixture(params=["stranger", "analyst"])
def client(request: pytest.FixtureRequest, graphql: Any, analyst: Any) -> Client:
    client: Client = (graphql() if request.param == "stranger" else graphql(analyst)).client
    return client


def asked(client: Client, query: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(
        "/graphql/", json.dumps({"query": registered(query)}), "application/json"
    ).json()
    return answer


@pytest.mark.parametrize("query", [ALIASES, DUPLICATES, ROUND])
def test_what_asks_for_one_thing_very_often_is_refused(client: Client, query: str) -> None:
    assert "data" not in asked(client, query)


def test_unknown_directives_do_not_make_an_error_each(client: Client) -> None:
    answer = asked(client, DIRECTIVES)
    assert "data" not in answer and len(answer["errors"]) == 5


def test_batches_are_not_carried_out(client: Client) -> None:
    body = json.dumps([{"query": "query cop { __typename }"}] * 10)
    answer = client.post("/graphql/", body, "application/json")
    assert answer.status_code == 400 and "data" not in answer.json()


@pytest.mark.parametrize(
    "query",
    [
        "query cop { __schema { directive } }",
        "query cop { viewr { id } }",
        "query cop($input: ClaimFilte) { viewer { id } }",
        "query cop { claims(frst: 1) { totalCount } }",
        "query cop { claims(orderBy: SUBMITTED_DES) { totalCount } }",
        "query cop { claims { ... on ClaimPag { totalCount } } }",
        "mutation cop { sigIn { errors { code } } }",
    ],
)
def test_no_name_is_suggested(client: Client, query: str) -> None:
    answer = asked(client, query)
    assert answer["errors"] and "did you mean" not in json.dumps(answer).lower()


def test_a_query_language_that_it_is_not_is_told_without_a_trace(client: Client) -> None:
    answer = asked(client, "qwerty cop { abc }")
    assert "data" not in answer and set(answer["errors"][0]) <= {"message", "locations", "extensions"}
    assert "exception" not in json.dumps(answer).lower() and "trace" not in json.dumps(answer).lower()


def test_no_trace_is_told(client: Client) -> None:
    answer = asked(client, "{ __typename }")
    assert answer == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("query", ["query cop { __typename }", "mutation cop { __typename }"])
def test_neither_get_nor_a_form_is_carried_out(client: Client, query: str) -> None:
    for answer in (
        client.get("/graphql/", {"query": query}),
        client.post("/graphql/", {"query": query}),
        client.post("/graphql/", f"query={query}", "application/x-www-form-urlencoded"),
        client.post("/graphql/", query, "text/plain"),
    ):
        assert answer.status_code in {400, 405, 415} and b"Query" not in answer.content


@pytest.mark.parametrize("path", ["/graphql/", "/graphiql/", "/playground/", "/console/", "/graphql/console/"])
def test_no_console_is_served(client: Client, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code in {404, 405}
    assert not any(word in answer.content.lower() for word in (b"graphiql", b"playground", b"apollo"))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_question_that_takes_the_database_too_long_is_ended_and_told(
    graphql: Any, care_team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upstream.graph import jobs

    def slow(*args: object, **kwargs: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '50ms'")
            try:
                cursor.execute("SELECT pg_sleep(30)")
            finally:
                cursor.execute("SET statement_timeout = 0")

    monkeypatch.setattr(jobs, "page", slow)
    (error,) = graphql(care_team)("{ jobs { totalCount } }")["errors"]
    assert error["extensions"] == {"code": "TIMEOUT"} and "fewer rows" in error["message"]
