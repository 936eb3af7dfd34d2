"""Whoever asked too often is told when to come back, in the header that programs read, and every answer can be found
in the log.
"""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from conftest import PASSWORD
from django.test import Client
from support import GraphQL

from upstream.accounts import attempts, invitations, passkey_answers
from upstream.core import rates
from upstream.core.actor import Actor
from upstream.core.logs import IdsFilter, JsonFormatter
from upstream.core.models import Job
from upstream.trail import services as trail

SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { errors { code } } }"
START = "mutation { startPasskeySignIn { errors { code message } } }"
INVITE = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { errors { code } } }"
CHAIN = "{ auditChain { through } }"


def test_wrong_passwords_say_when_the_next_try_counts(graphql: type[GraphQL]) -> None:
    variables = {"input": {"email": "nobody@example.org", "password": PASSWORD}}
    for _ in range(attempts.ATTEMPTS):
        answer = graphql().post(SIGN_IN, variables)
        assert answer.json()["data"]["signIn"]["errors"][0]["code"] == "INVALID" and "Retry-After" not in answer
    answer = graphql().post(SIGN_IN, variables)
    assert answer.json()["data"]["signIn"]["errors"][0]["code"] == "RATE_LIMITED"
    assert answer["Retry-After"] == str(attempts.WINDOW_SECONDS)
    again = json.dumps({"email": "nobody@example.org", "password": PASSWORD})
    rest = Client().post("/api/v1/auth/token/", again, content_type="application/json")
    assert (rest.status_code, rest["Retry-After"]) == (429, str(attempts.WINDOW_SECONDS))
    assert rest.json()["code"] == "RATE_LIMITED" and "quarter of an hour" in rest.json()["message"]


def test_what_counts_by_the_minute_says_how_much_of_it_is_left(
    graphql: type[GraphQL], owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_050.5)
    monkeypatch.setattr(passkey_answers, "CHALLENGES_A_MINUTE", 0)
    answer = graphql().post(START)
    (problem,) = answer.json()["data"]["startPasskeySignIn"]["errors"]
    assert problem["code"] == "RATE_LIMITED" and "in 10 seconds" in problem["message"]
    assert answer["Retry-After"] == "10"

    monkeypatch.setattr(trail, "CHECKS_A_MINUTE", 0)
    answer = graphql(owner).post(CHAIN)
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 10} and answer["Retry-After"] == "10"


def test_invitations_go_on_an_hour_after_the_oldest_that_counts(
    graphql: type[GraphQL], owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MAILS_AN_HOUR", 1)
    confirm = "mutation($p: String!) { confirmIdentity(input: {password: $p}) { errors { code } } }"
    ask = graphql(owner)
    ask(confirm, {"p": PASSWORD})

    def invited(name: str) -> Any:
        return ask.post(INVITE, {"input": {"email": f"{name}@example.org", "name": "New Person", "role": "VIEWER"}})

    assert invited("one").json()["data"]["inviteMember"]["errors"] == []
    job = Job.unscoped.get(kind=invitations.JOB_KIND)
    Job.unscoped.filter(pk=job.pk).update(created_at=job.created_at - timedelta(minutes=50))
    answer = invited("two")
    assert answer.json()["data"]["inviteMember"]["errors"][0]["code"] == "RATE_LIMITED"
    assert 590 <= int(answer["Retry-After"]) <= 600


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/graphql/"),
        ("get", "/graphql/"),
        ("get", "/api/v1/uploads/"),
        ("post", "/api/v1/auth/token/"),
        ("get", "/downloads/unknown/"),
        ("get", "/health/live"),
        ("get", "/nowhere/"),
    ],
)
def test_every_answer_names_its_request(db: None, method: str, path: str) -> None:
    for offered in ("", "request-of-a-phone-1"):
        headers = {"X-Request-Id": offered} if offered else {}
        client = Client(raise_request_exception=False)
        identifier = getattr(client, method)(path, headers=headers)["X-Request-Id"]
        assert identifier == offered if offered else len(identifier) == 32


def test_what_a_request_logs_carries_the_id_of_its_answer(
    graphql: type[GraphQL], care_team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upstream.graph import jobs

    lines: list[dict[str, Any]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(self.format(record)))

    kept = Kept()
    kept.addFilter(IdsFilter())
    kept.setFormatter(JsonFormatter())
    log = logging.getLogger("upstream.graph.schema")
    log.addHandler(kept)

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(jobs, "page", broken)
    try:
        answer = graphql(care_team).post("{ jobs { totalCount } }")
    finally:
        log.removeHandler(kept)
    reference = answer.json()["errors"][0]["extensions"]["reference"]
    assert [line["request_id"] for line in lines] == [reference] == [answer["X-Request-Id"]]
