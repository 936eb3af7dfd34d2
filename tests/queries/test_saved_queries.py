"""Keeping queries: one's own and those that others share, checked when they are saved."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.queries import services
from upstream.queries.models import SavedQuery

PAYERS = "query Payers($search: String) {\n  payers(filter: { search: $search }) { items { name } }\n}"
FIELDS = "savedQuery { id name description text variables shared own owner { name } schedules { id } }"
CREATE = (
    "mutation($input: CreateSavedQueryInput!) { createSavedQuery(input: $input) { "
    + FIELDS
    + " errors { code field message } } }"
)
CHANGE = (
    "mutation($id: ID!, $input: ChangeSavedQueryInput!) { changeSavedQuery(id: $id, input: $input) { "
    + FIELDS
    + " errors { code field message } } }"
)
DELETE = "mutation($id: ID!) { deleteSavedQuery(id: $id) { savedQuery { id name text } errors { code message } } }"
LIST = "{ savedQueries { items { name own } totalCount } }"


def saved(actor: Actor, **given: object) -> SavedQuery:
    values: dict = {"name": "Payers by name", "text": PAYERS, **given}
    return services.create_saved_query(actor=actor, **values)


def actions(actor: Actor) -> list[str]:
    events = AuditEvent.objects.for_organization(actor.organization_id).filter(target_type="saved_query")
    return list(events.order_by("sequence").values_list("action", flat=True))


def test_a_query_is_kept_changed_and_deleted_and_each_is_recorded(graphql, analyst: Actor) -> None:
    ask = graphql(analyst)
    given = {"name": "  Payers   by name ", "text": PAYERS, "variables": {"search": "North"}}
    made = ask(CREATE, {"input": {**given, "description": "All of them"}})["data"]["createSavedQuery"]
    assert made["errors"] == []
    query = made["savedQuery"]
    assert query == {
        "id": query["id"],
        "name": "Payers by name",
        "description": "All of them",
        "text": PAYERS,
        "variables": {"search": "North"},
        "shared": False,
        "own": True,
        "owner": {"name": "Analyst Person"},
        "schedules": [],
    }
    changed = ask(CHANGE, {"id": query["id"], "input": {"shared": True, "variables": {}}})["data"]["changeSavedQuery"]
    assert changed == {"savedQuery": {**query, "shared": True, "variables": {}}, "errors": []}
    # What is the same already is no change.
    ask(CHANGE, {"id": query["id"], "input": {"shared": True}})
    gone = ask(DELETE, {"id": query["id"]})["data"]["deleteSavedQuery"]
    assert gone == {"savedQuery": {"id": query["id"], "name": "Payers by name", "text": PAYERS}, "errors": []}
    assert ask(LIST)["data"]["savedQueries"]["totalCount"] == 0
    assert actions(analyst) == ["saved_query.created", "saved_query.changed", "saved_query.deleted"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("query {\n  payers { items { nmae } }\n}", "Line 2, column 20: Cannot query field 'nmae' on type 'Payer'."),
        ("query {\n  payers { items { name }\n}", "Line 3, column 2: Syntax Error: Expected Name, found <EOF>."),
        ("", "Line 1, column 1: Syntax Error: Unexpected <EOF>."),
        ("fragment F on Payer { name }", None),
        ("query A { payers { totalCount } } query B { payers { totalCount } }", "Name the operation that is meant."),
        (
            '\n  mutation { deleteSavedQuery(id: "x") { errors { code } } }',
            "Line 2, column 3: Only queries are run here: nothing is changed by them.",
        ),
        (
            "{ alerts(first: 200) { items { signal { claims(first: 200) { items { id controlNumber } } } } } }",
            "The query could return",
        ),
        ("#" * 16_000, "The query is longer than 15,000 characters."),
    ],
)
def test_a_text_that_is_no_query_within_limits_is_refused_with_its_place(
    graphql, analyst: Actor, text: str, message: str | None
) -> None:
    answer = graphql(analyst)(CREATE, {"input": {"name": "Wrong", "text": text}})["data"]["createSavedQuery"]
    assert answer["savedQuery"] is None
    assert [(error["code"], error["field"]) for error in answer["errors"]] == [("INVALID", "text")]
    assert message is None or answer["errors"][0]["message"].startswith(message)
    assert not SavedQuery.objects.for_organization(analyst.organization_id).exists()


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": "  "}, ErrorCode.REQUIRED, "name"),
        ({"name": "n" * 81}, ErrorCode.INVALID, "name"),
        ({"name": "a\0b"}, ErrorCode.INVALID, "name"),
        ({"description": "d" * 501}, ErrorCode.INVALID, "description"),
        ({"variables": ["a", "list"]}, ErrorCode.INVALID, "variables"),
        ({"variables": {"search": "v" * 10_001}}, ErrorCode.INVALID, "variables"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(analyst: Actor, given: dict, code: ErrorCode, field: str) -> None:
    with pytest.raises(ServiceError) as refused:
        saved(analyst, **given)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_name_is_given_once_by_each_person(analyst: Actor, admin: Actor) -> None:
    first, other = saved(analyst), saved(analyst, name="Others")
    saved(admin)
    with pytest.raises(ServiceError) as refused:
        saved(analyst)
    assert refused.value.code == ErrorCode.DUPLICATE
    with pytest.raises(ServiceError) as refused:
        services.change_saved_query(actor=analyst, query_id=other.pk, name=first.name)
    assert refused.value.code == ErrorCode.DUPLICATE


def test_a_private_query_is_its_owners_alone_and_a_shared_one_is_read_by_those_who_may_write_queries(
    graphql, analyst: Actor, admin: Actor
) -> None:
    query = saved(analyst)
    ask = graphql(admin)
    by_id = "query($id: ID!) { savedQuery(id: $id) { name own } }"
    assert ask(LIST)["data"]["savedQueries"]["items"] == []
    assert ask(by_id, {"id": str(query.pk)})["data"]["savedQuery"] is None
    change = {"id": str(query.pk), "input": {"name": "Mine now"}}
    assert ask(CHANGE, change)["data"]["changeSavedQuery"]["errors"][0]["code"] == "NOT_FOUND"
    services.change_saved_query(actor=analyst, query_id=query.pk, shared=True)
    assert ask(LIST)["data"]["savedQueries"]["items"] == [{"name": query.name, "own": False}]
    assert ask(CHANGE, change)["data"]["changeSavedQuery"]["errors"][0]["code"] == "FORBIDDEN"
    query.refresh_from_db()
    assert query.name == "Payers by name"


def test_a_shared_query_may_be_deleted_by_who_looks_after_members(
    analyst: Actor, admin: Actor, member: Callable[..., Actor]
) -> None:
    query = saved(analyst, shared=True)
    with pytest.raises(ServiceError) as refused:
        services.delete_saved_query(actor=member(Role.ANALYST), query_id=query.pk)
    assert refused.value.code == ErrorCode.FORBIDDEN
    services.delete_saved_query(actor=admin, query_id=query.pk)
    assert not SavedQuery.objects.for_organization(admin.organization_id).exists()


def test_another_organizations_query_is_not_there(
    graphql, analyst: Actor, member: Callable[..., Actor], other_organization
) -> None:
    theirs = saved(member(Role.ANALYST, other_organization), shared=True)
    ask = graphql(analyst)
    assert ask(LIST)["data"]["savedQueries"] == {"items": [], "totalCount": 0}
    for identifier in (str(theirs.pk), str(uuid4()), "nothing"):
        answer = ask(DELETE, {"id": identifier})["data"]["deleteSavedQuery"]
        assert answer == {"savedQuery": None, "errors": [{"code": "NOT_FOUND", "message": "No such saved query."}]}
    assert SavedQuery.objects.for_organization(other_organization).count() == 1


def test_the_list_asks_the_database_the_same_however_long_it_is(graphql, analyst: Actor, count_queries) -> None:
    ask = graphql(analyst)
    query = "{ savedQueries { items { name variables owner { name } schedules { id } } } }"
    counts = []
    for number in range(2):
        for each in range(3):
            saved(analyst, name=f"Query {number} {each}")
        with count_queries() as asked:
            assert len(ask(query)["data"]["savedQueries"]["items"]) == 3 * (number + 1)
        counts.append(len(asked))
    assert counts[0] == counts[1]
