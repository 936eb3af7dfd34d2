"""Limits: linear to compute, told to the client, generous to real questions."""

import time
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query, parse
from schema_walk import CORE

from upstream.core import rates
from upstream.graph.limits import MAX_ALIASES, MAX_CHARACTERS, MAX_COST, UNPAGED_ROWS, Size, measured


def size(query: str, **variables: object) -> Size:
    return measured(CORE, parse(query), None, variables)


def refusal(query: str, **variables: object) -> str | None:
    try:
        size(query, **variables)
    except GraphQLError as error:
        assert error.extensions["code"] == "QUERY_TOO_COSTLY"
        return error.message
    return None


def test_a_page_of_claims_with_lines_and_adjustments_passes() -> None:
    fields = (
        "id controlNumber payer { id name } lines { id procedureCode billedAmount adjustments { reasonCode amount } }"
    )
    assert refusal(f"{{ claims(first: 100) {{ items {{ {fields} }} pageInfo {{ endCursor }} totalCount }} }}") is None


def test_a_page_counts_its_items_as_often_as_asked_for_and_the_rest_once() -> None:
    page = "items { id controlNumber } pageInfo { endCursor } totalCount"
    of_item, of_page = 3, 4  # items and what each has; the page, its info, the cursor in it, the count
    for first in (1, 10, 100):
        assert size(f"{{ claims(first: {first}) {{ {page} }} }}").values == of_item * first + of_page
    # The schema's own number of rows, where none is given.
    assert size(f"{{ claims {{ {page} }} }}").values == of_item * 50 + of_page
    lines = size("{ claims(first: 10) { items { lines { id } } } }").values
    assert lines == 1 + 10 * (1 + 1 + UNPAGED_ROWS)


def test_list_sizes_multiply_through_literals_variables_defaults_and_fragments() -> None:
    inner = "items { signal { claims(first: 200) { items { id controlNumber } } } }"
    assert "values" in str(refusal(f"{{ alerts(first: 200) {{ {inner} }} }}"))
    assert "values" in str(refusal(f"query($n: Int!) {{ alerts(first: $n) {{ {inner} }} }}", n=200))
    assert "values" in str(refusal(f"query($n: Int! = 200) {{ alerts(first: $n) {{ {inner} }} }}"))
    assert "values" in str(refusal(f"{{ alerts(first: 200) {{ ...P }} }} fragment P on AlertPage {{ {inner} }}"))
    assert "values" in str(refusal(f"{{ alerts(first: 200) {{ ... {{ {inner} }} }} }}"))
    assert refusal(f"query($n: Int!) {{ alerts(first: $n) {{ {inner} }} }}", n=1) is None


def test_depth_is_told() -> None:
    deep = "id"
    for _ in range(12):
        deep = f"duplicateOf {{ {deep} }}"
    assert "levels deep" in str(refusal(f'{{ upload(id: "x") {{ {deep} }} }}'))


def test_nested_fragments_are_measured_once_each() -> None:
    fragments = "".join(
        f"fragment F{n} on IntakeUpload {{ duplicateOf {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(60)
    )
    query = '{ upload(id: "x") { ...F0 } }' + fragments + "fragment F60 on IntakeUpload { id }"
    started = time.process_time()
    assert refusal(query) is not None
    # Walked naively this would take 2^60 steps; any finite answer shows that it is not.
    assert time.process_time() - started < 5


@pytest.mark.parametrize("aliases", [21, 500])
def test_many_things_at_once_are_refused(aliases: int) -> None:
    assert "at once" in str(refusal("{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(aliases)) + "}"))


def test_one_field_under_many_names_is_refused() -> None:
    def named(times: int) -> str:
        return "{ viewer { " + " ".join(f"a{n}: id" for n in range(times)) + " } }"

    assert refusal(named(MAX_ALIASES)) is None
    assert refusal(named(MAX_ALIASES + 1)) == f"id is asked for more than {MAX_ALIASES} times in one place."
    assert "30 times" in str(refusal("{ viewer { " + "id " * 31 + "} }"))


def test_many_directives_are_refused() -> None:
    spread = " ".join("... @include(if: true) { id }" for _ in range(51))
    assert "directives" in str(refusal(f"{{ viewer {{ {spread} }} }}"))
    assert "directives" in str(refusal("{ viewer { id " + "@skip(if: false) " * 51 + "} }"))


def test_the_limits_hold_over_http(graphql: Any) -> None:
    too_long = graphql()("{ viewer { id } } #" + "x" * MAX_CHARACTERS)
    assert too_long["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
    fields = " ".join(f"a{n}: items {{ id kind state createdAt }}" for n in range(MAX_COST // 1000 + 1))
    too_many = graphql()(f"{{ jobs(first: 200) {{ {fields} }} }}")
    assert too_many["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY" and "data" not in too_many


def test_the_schema_is_told_to_who_may_ask(graphql: Any, care_team: Any, analyst: Any) -> None:
    told = graphql(analyst)(get_introspection_query())
    assert "errors" not in told and len(told["data"]["__schema"]["types"]) > 100
    for ask in (graphql(care_team), graphql()):
        answer = ask("query { viewer { id } ...S } fragment S on Query { __schema { types { name } } }")
        assert "data" not in answer
        assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "SCHEMA_READ"}
        # By the specification a type that is not there is null; to them none is.
        known, unknown = (ask(f'{{ one: __type(name: "{name}") {{ name }} }}') for name in ("Claim", "Nothing"))
        assert known == unknown == {"data": {"one": None}}
        assert ask("{ __typename }") == {"data": {"__typename": "Query"}}


def test_going_round_in_the_schema_is_refused(graphql: Any, analyst: Any) -> None:
    round_and_round = "name"
    for _ in range(5):
        round_and_round = f"fields {{ type {{ {round_and_round} }} }}"
    answer = graphql(analyst)(f"{{ __schema {{ types {{ {round_and_round} }} }} }}")
    assert "data" not in answer and "introspection depth" in answer["errors"][0]["message"]


def test_what_is_left_of_a_minute_is_told_and_ends(
    graphql: Any, care_team: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GRAPHQL_VALUES_A_MINUTE = 500
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_050.5)
    ask, query = graphql(care_team), "{ claims(first: 100) { items { id } } }"
    of_query = size(query).values
    for asked in (1, 2):
        answer = ask.post(query)
        assert "errors" not in answer.json()
        left = [answer[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")]
        assert left == ["500", str(500 - asked * of_query), "10"]
    refused = ask.post(query)
    assert refused["Retry-After"] == "10" and refused["RateLimit-Remaining"] == "0"
    (error,) = refused.json()["errors"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 10} and "500 values" in error["message"]
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_060.5)
    assert "errors" not in ask(query)


def test_people_of_an_organization_share_its_minute_and_no_other_organizations(
    graphql: Any, care_team: Any, owner: Any, member: Any, other_organization: Any, settings: Any
) -> None:
    settings.GRAPHQL_VALUES_A_MINUTE_OF_ORGANIZATIONS = 150
    query = "{ claims(first: 30) { items { id } } }"
    answers = [graphql(who)(query) for who in (care_team, owner, care_team)]
    assert ["errors" in answer for answer in answers] == [False, False, True]
    assert "errors" not in graphql(member(of=other_organization))(query)


def test_strangers_have_less(graphql: Any, settings: Any) -> None:
    settings.GRAPHQL_VALUES_A_MINUTE_OF_STRANGERS = 3
    answers = [graphql()("{ viewer { id } }") for _ in range(2)]
    assert ["errors" in answer for answer in answers] == [False, True]
