"""Reading who a claim is for: with a reason, and written down with it."""

from typing import Any

import pytest
from world import World, make_world

from upstream.accounts.models import Organization
from upstream.audit.models import AuditEvent


@pytest.fixture
def world(organization: Organization) -> World:
    return make_world(organization, canary="Own")


def read(organization: Organization) -> list[Any]:
    events = AuditEvent.objects.for_organization(organization).filter(action="phi.read").order_by("sequence")
    return list(events.values_list("detail", flat=True))


def test_a_claim_is_written_down_with_what_was_read_of_whom_and_why(world: World, graphql: Any, care_team: Any) -> None:
    ask, claim = graphql(care_team), world.ids()["claim"]
    literal = "query($id: ID!) { claim(id: $id) { patient(reason: APPEAL) { name birthDate } } }"
    assert ask(literal, {"id": claim})["data"]["claim"]["patient"]["name"]
    variable = "query($id: ID!, $why: ReadingReason!) { claim(id: $id) { ...P } } fragment P on Claim { "
    ask(
        variable + "a: patient(reason: $why) { id } b: patient(reason: OTHER) { __typename name } }",
        {"id": claim, "why": "QUALITY"},
    )
    patients = read(world.organization)[0]["patients"]
    assert len(patients) == 1
    assert read(world.organization) == [
        {"patients": patients, "fields": ["birthDate", "name"], "reasons": ["APPEAL"]},
        {"patients": patients, "fields": ["id", "name"], "reasons": ["OTHER", "QUALITY"]},
    ]


def test_a_page_is_written_down_once(world: World, graphql: Any, care_team: Any) -> None:
    answer = graphql(care_team)("{ claims { items { id patient(reason: PAYMENT) { id memberNumber } } } }")
    seen = {claim["patient"]["id"] for claim in answer["data"]["claims"]["items"] if claim["patient"]}
    assert read(world.organization) == [
        {"patients": sorted(seen), "fields": ["id", "memberNumber"], "reasons": ["PAYMENT"]}
    ]


def test_without_a_reason_nothing_is_answered(world: World, graphql: Any, care_team: Any) -> None:
    answer = graphql(care_team)("{ claims { items { patient { name } } } }")
    assert "data" not in answer and "reason" in answer["errors"][0]["message"]
    assert read(world.organization) == []


def test_who_may_not_read_patients_reads_none_and_none_is_written_down(
    world: World, graphql: Any, analyst: Any
) -> None:
    answer = graphql(analyst)("{ claims { items { id patient(reason: PAYMENT) { name } } } }")
    assert {claim["patient"] for claim in answer["data"]["claims"]["items"]} == {None}
    assert answer["errors"][0]["extensions"]["permission"] == "PHI_READ"
    assert read(world.organization) == []
