"""Polling: an answer carries the tag of its content, and who holds that content is not sent it again."""

import json
from typing import Any

import pytest
from support import registered

from upstream.core.actor import Actor
from upstream.core.models import Job, JobState

JOBS = "{ jobs { totalCount items { id state } } }"
ANYBODY = "{ viewer { role } }"


def ask(graphql: Any, actor: Actor | None, query: str = JOBS, **headers: str) -> Any:
    body = json.dumps({"query": registered(query)})
    return graphql(actor).client.post("/graphql/", body, content_type="application/json", headers=headers)


def job_of(actor: Actor) -> Job:
    return Job.unscoped.create(organization_id=actor.organization_id, kind="detection.run", created_by_id=actor.user_id)


def test_what_has_not_changed_is_not_sent_again(graphql: Any, care_team: Actor) -> None:
    job = job_of(care_team)
    first = ask(graphql, care_team)
    again = ask(graphql, care_team, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    # What is told of the budget and of the request is told with it.
    assert again["X-Request-Id"] and again["RateLimit-Remaining"] and "Content-Type" not in again
    assert again["Cache-Control"] == first["Cache-Control"]

    Job.unscoped.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    changed = ask(graphql, care_team, **{"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]
    assert changed.json()["data"]["jobs"]["items"][0]["state"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ('"other",W/{tag}', 304),
        ('"other"', 200),
        ("*", 200),
        ("nonsense", 200),
    ],
)
def test_tags_are_compared_weakly_and_by_what_they_name(
    graphql: Any, care_team: Actor, condition: str, status: int
) -> None:
    # `*` asks whether there is anything at all, which a question to the graph is not about.
    tag = ask(graphql, care_team)["ETag"]
    assert tag.startswith('"') and tag.endswith('"')
    assert ask(graphql, care_team, **{"If-None-Match": condition.format(tag=tag)}).status_code == status


def test_only_queries_that_were_carried_out_have_a_tag(graphql: Any, care_team: Actor) -> None:
    for query in ("mutation { signOut { ok } }", "{ nothing }", "{"):
        tagged = ask(graphql, care_team, query, **{"If-None-Match": "*"})
        assert "ETag" not in tagged and tagged["Cache-Control"] == "no-store" and tagged.content


def test_answers_that_may_tell_of_patients_are_kept_by_nobody(
    graphql: Any, care_team: Actor, analyst: Actor, owner: Actor
) -> None:
    kept = {actor: ask(graphql, actor)["Cache-Control"] for actor in (care_team, owner, analyst)}
    assert kept == {care_team: "no-store", owner: "no-store", analyst: "private, no-cache"}
    assert ask(graphql, None, ANYBODY)["Cache-Control"] == "no-store"


def test_another_persons_answer_has_another_tag_where_it_tells_something_else(
    graphql: Any, care_team: Actor, analyst: Actor
) -> None:
    tag = ask(graphql, care_team, ANYBODY)["ETag"]
    other = ask(graphql, analyst, ANYBODY, **{"If-None-Match": tag})
    assert other.status_code == 200 and other.json()["data"]["viewer"]["role"] == "ANALYST"
