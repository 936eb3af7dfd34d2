"""Rows built by a compiled plan: what the executor is asked for, and that the answers are its own.

That both answer alike is checked for every list of every test (`executors.compare_executors`).
"""

from collections.abc import Callable

import pytest
from world import World, make_world

from upstream.accounts.models import Organization, User
from upstream.accounts.roles import Role
from upstream.claims.models import Claim
from upstream.core.actor import Actor
from upstream.graph import executor
from upstream.graph.executor import GatedExecutor

COLUMNS = "id controlNumber outcome submittedDate billedAmount paidAmount denialCode payer { id name }"
COMPUTED = (
    "denialLabel daysToDecision remarkCodes remarks { label } lines { number billedAmount adjustments { label } }"
)


@pytest.fixture
def world(organization: Organization, owner: Actor) -> World:
    """Twelve claims, of which one has all there is."""
    world = make_world(organization, canary="Own", person=User.objects.get(pk=owner.user_id))
    copies = [Claim.unscoped.get(pk=world.claim.pk) for _ in range(11)]
    for number, claim in enumerate(copies):
        claim.pk, claim.claim_key, claim.patient = Claim._meta.pk.get_default(), f"more-{number}", None
    Claim.unscoped.bulk_create(copies)
    return world


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch, count_queries: Callable) -> list[str]:
    """Names of the fields that graphql-core executes, as it does. (Where queries are counted, nothing runs twice.)"""
    names: list[str] = []
    execute = GatedExecutor.execute_field

    def noted(self, parent_type, source, details, *rest):
        names.append(f"{parent_type.name}.{details[0].node.name.value}")
        return execute(self, parent_type, source, details, *rest)

    monkeypatch.setattr(GatedExecutor, "execute_field", noted)
    return names


@pytest.mark.parametrize("fields", [COLUMNS, COMPUTED, f"{COLUMNS} {COMPUTED} __typename also: id"])
def test_fields_of_rows_are_not_executed_one_by_one(
    world: World, graphql: Callable, owner: Actor, executed: list[str], fields: str
) -> None:
    answer = graphql(owner)(f"{{ claims {{ totalCount items {{ {fields} }} pageInfo {{ endCursor }} }} }}")
    assert len(answer["data"]["claims"]["items"]) == 12
    assert list(answer["data"]["claims"]) == ["totalCount", "items", "pageInfo"]
    page = {"ClaimPage.items", "ClaimPage.pageInfo", "ClaimPage.totalCount"}
    assert set(executed) == {"Query.claims", "PageInfo.endCursor", *page} and len(executed) == 5


def test_only_selected_columns_are_fetched_where_nothing_is_computed(
    world: World, graphql: Callable, owner: Actor, count_queries: Callable
) -> None:
    with count_queries() as queries:
        graphql(owner)("{ claims { items { id outcome } } }")
    [first, *_] = [query["sql"] for query in queries.captured_queries if 'FROM "claims_claim"' in query["sql"]]
    assert "claim_key" not in first.partition(" FROM ")[0]


def test_a_field_with_arguments_is_executed_for_each_row_and_stands_in_its_place(
    world: World, graphql: Callable, owner: Actor, executed: list[str]
) -> None:
    answer = graphql(owner)("{ claims { items { id patient(reason: QUALITY) { name } outcome } } }")
    items = answer["data"]["claims"]["items"]
    assert [list(item) for item in items] == [["id", "patient", "outcome"]] * 12
    assert sum(item["patient"] is not None for item in items) == 1
    assert executed.count("Claim.patient") == 12 and "Claim.id" not in executed


def test_a_denied_field_is_null_in_every_row_and_one_error(world: World, graphql: Callable, member: Callable) -> None:
    answer = graphql(member(Role.VIEWER))("{ claims { items { id patient(reason: QUALITY) { name } } } }")
    assert {item["patient"] for item in answer["data"]["claims"]["items"]} == {None}
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["claims", "items", 0, "patient"], "FORBIDDEN")


def test_conditions_are_those_of_the_request(world: World, graphql: Callable, owner: Actor) -> None:
    query = """query($with: Boolean!) { claims { items {
      id outcome @include(if: $with) ...More @skip(if: $with) } } } fragment More on Claim { denialLabel }"""
    for included, names in ((True, ["id", "outcome"]), (False, ["id", "denialLabel"]), (True, ["id", "outcome"])):
        items = graphql(owner)(query, {"with": included})["data"]["claims"]["items"]
        assert {tuple(item) for item in items} == {tuple(names)}


def test_a_resolver_that_raises_is_told_at_its_row(
    world: World, graphql: Callable, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upstream.claims.types.CATEGORIES", None)
    answer = graphql(owner)("{ payers { items { name } } claims(first: 2) { items { id denialLabel } } }")
    assert answer["data"]["claims"] is None and answer["data"]["payers"]["items"]
    assert answer["errors"][0]["path"] == ["claims", "items", 0, "denialLabel"]


@pytest.mark.parametrize("fields", [COLUMNS, COMPUTED])
def test_without_plans_the_answer_is_the_same(
    world: World, graphql: Callable, owner: Actor, settings, executed: list[str], fields: str
) -> None:
    query = f"{{ claims {{ items {{ {fields} }} pageInfo {{ startCursor endCursor hasNextPage }} }} }}"
    planned = graphql(owner)(query)
    settings.GRAPH_EXECUTOR = "stock"
    assert graphql(owner)(query) == planned
    assert len(executed) > 40


def test_plans_are_remembered_up_to_a_number(
    world: World, graphql: Callable, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "_MOST_PLANS", 3)
    executor._plans.clear()
    for number in range(8):
        graphql(owner)(f"{{ claims {{ items {{ c{number}: id }} }} }}")
        assert 0 < len(executor._plans) <= 3
