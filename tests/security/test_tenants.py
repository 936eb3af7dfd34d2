"""Two organizations: nothing of one reaches the other, by list, by id, by count, by link or by an answer's shape."""

import json
import re
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.cache import cache
from schema_walk import operation, root_fields
from security.test_permissions import contents, id_arguments
from world import World, make_world

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims.models import Claim

pytestmark = pytest.mark.once

CANARY = "Zebrafinch"


@pytest.fixture
def theirs(other_organization: Organization) -> World:
    return make_world(other_organization, canary=CANARY)


@pytest.fixture
def mine(organization: Organization) -> World:
    return make_world(organization, canary="Own")


def everything(ask, world: World) -> dict[str, str]:
    """The answer of every query of the graph, as text; signed links, which differ at each asking, are blanked."""
    answers = {}
    for name, field in root_fields("query"):
        query, variables = operation("query", name, field, id_arguments(world, "query", name))
        answers[name] = re.sub(r"/downloads/[^\"]+", "/downloads/…", json.dumps(ask(query, variables), sort_keys=True))
    return answers


@pytest.mark.parametrize("role", Role.values)
def test_rows_of_another_organization_change_no_byte_of_any_answer(
    organization, other_organization, mine: World, graphql, member, role: str
) -> None:
    ask = graphql(member(Role(role)))
    before = everything(ask, mine)
    theirs = make_world(other_organization, canary=CANARY)
    cache.clear()
    after = everything(ask, mine)
    text = json.dumps(after)
    # The audit trail tells of the asking itself, each time anew, and so does what is left of the minute.
    for answers in (before, after):
        del answers["auditEvents"], answers["auditChain"], answers["queryCost"]
    assert after == before
    assert CANARY not in text and not any(identifier in text for identifier in theirs.ids().values())


@pytest.mark.parametrize("role", [Role.OWNER, Role.CARE_TEAM, Role.ANALYST])
def test_a_foreign_id_answers_like_an_unknown_one(
    mine: World, theirs: World, graphql, member, count_queries, role: Role
) -> None:
    ask = graphql(member(role))
    for kind in ("query", "mutation"):
        for name, field in root_fields(kind):
            if "id" not in field.args and "input" not in field.args and "organizationId" not in field.args:
                continue
            foreign = id_arguments(theirs, kind, name)
            unknown = {key: str(uuid4()) for key in foreign}
            before = contents()
            answers, asked = [], []
            for ids in (foreign, unknown):
                query, variables = operation(kind, name, field, ids)
                with count_queries() as queries:
                    answers.append(ask.post(query, variables).content)
                # For whom it is asked is told when it was somebody else before; constants differ as the ids do.
                told = re.compile(r"^SELECT set_config\([^;]*; |'[^']*'|[0-9a-f]{32}|\d+")
                asked.append([told.sub("?", each["sql"]).removeprefix("?") for each in queries])
            assert answers[0] == answers[1], (name, answers)
            # Nor does the time it takes tell them apart: the database is asked the same.
            assert asked[0] == asked[1] or not foreign["id"], name
            assert contents() == before, name


def test_filters_by_foreign_ids_find_nothing(mine: World, theirs: World, graphql, owner) -> None:
    ask = graphql(owner)
    ids = theirs.ids()
    for query, variables in (
        ("query($f: ClaimFilter) { claims(filter: $f) { totalCount items { id } } }", {"f": {"payerId": ids["payer"]}}),
        (
            "query($f: ClaimFilter) { claims(filter: $f) { totalCount items { id } } }",
            {"f": {"serviceGroupId": ids["service_group"]}},
        ),
        (
            "query($f: ClaimFilter) { claims(filter: $f) { totalCount items { id } } }",
            {"f": {"uploadId": ids["upload"]}},
        ),
        (
            "query($f: ClaimFilter) { claims(filter: $f) { totalCount items { id } } }",
            {"f": {"controlNumber": theirs.claim.control_number}},
        ),
        (
            "query($f: SignalFilter) { signals(filter: $f) { totalCount items { id } } }",
            {"f": {"payerId": ids["payer"]}},
        ),
        ("query($f: AlertFilter) { alerts(filter: $f) { totalCount items { id } } }", {"f": {"payerId": ids["payer"]}}),
        ("query($f: AlertFilter) { alerts(filter: $f) { totalCount items { id } } }", {"f": {"search": CANARY}}),
        ("query($f: PayerFilter) { payers(filter: $f) { totalCount items { id } } }", {"f": {"search": CANARY}}),
    ):
        (answer,) = ask(query, variables)["data"].values()
        assert answer == {"totalCount": 0, "items": []}, query


def test_a_cursor_of_another_organization_is_refused(
    mine: World, theirs: World, graphql, owner, member, other_organization
) -> None:
    query = "query($after: String) { claims(first: 1, after: $after) { items { id } pageInfo { endCursor } } }"
    cursor = graphql(member(Role.OWNER, other_organization))(query)["data"]["claims"]["pageInfo"]["endCursor"]
    answer = graphql(owner)(query, {"after": cursor})
    assert answer["data"]["claims"] is None and answer["errors"][0]["extensions"] == {
        "code": "INVALID",
        "field": "after",
    }


def test_signed_links_are_for_the_person_and_the_organization(
    mine: World, theirs: World, graphql, owner, member, other_organization
) -> None:
    link = "query($id: ID!) { export(id: $id) { downloadUrl } }"
    them = graphql(member(Role.OWNER, other_organization))
    url = them(link, {"id": theirs.ids()["export"]})["data"]["export"]["downloadUrl"]
    assert b"".join(them.client.get(url).streaming_content) == CANARY.encode()
    assert graphql(owner)(link, {"id": theirs.ids()["export"]})["data"] == {"export": None}
    # The same link with its content exchanged is no link.
    token = url.removeprefix("/downloads/")
    assert them.client.get("/downloads/" + token[:-10] + "AAAAAAAAA/").status_code == 404


def test_an_upload_lands_in_the_uploaders_organization(mine: World, theirs: World, graphql, owner, run_jobs) -> None:
    header = b"payer,procedure_code,submitted_date,outcome,billed_amount,claim_id"
    file = BytesIO(header + b"\nNew Payer,99213,2026-03-02,pending,10.00,N-1\n")
    query = "mutation($file: Upload!) { uploadFile(file: $file) { upload { id } errors { code message } } }"
    answer = graphql(owner).upload(query, {"file": None}, {"variables.file": file})
    assert answer["data"]["uploadFile"]["errors"] == []
    run_jobs()
    assert Claim.objects.for_organization(mine.organization).filter(control_number="N-1").count() == 1
    assert Claim.objects.for_organization(theirs.organization).count() == 1
