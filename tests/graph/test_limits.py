"""Limits: linear to compute, told to the client, generous to real questions."""

import time

import pytest
from graphql import GraphQLError, parse

from upstream.graph.limits import MAX_CHARACTERS, MAX_COST, check


def measured(query: str, **variables: object) -> str | None:
    try:
        check(parse(query), None, variables)
    except GraphQLError as error:
        assert error.extensions["code"] == "QUERY_TOO_COSTLY"
        return error.message
    return None


def test_a_page_of_claims_with_lines_and_adjustments_passes() -> None:
    fields = (
        "id controlNumber payer { id name } lines { id procedureCode billedAmount adjustments { reasonCode amount } }"
    )
    assert measured(f"{{ claims(first: 100) {{ items {{ {fields} }} pageInfo {{ endCursor }} totalCount }} }}") is None


def test_list_sizes_multiply_through_literals_variables_and_defaults() -> None:
    inner = "items { signal { claims(first: 200) { items { id controlNumber } } } }"
    assert "values" in str(measured(f"{{ alerts(first: 200) {{ {inner} }} }}"))
    assert "values" in str(measured(f"query($n: Int) {{ alerts(first: $n) {{ {inner} }} }}", n=200))
    assert "values" in str(measured(f"query($n: Int = 200) {{ alerts(first: $n) {{ {inner} }} }}"))
    assert measured(f"query($n: Int) {{ alerts(first: $n) {{ {inner} }} }}", n=1) is None


def test_depth_is_told() -> None:
    deep = "{ viewer { organization { name } } }"
    for _ in range(14):
        deep = "{ a " + deep + " }"
    assert "levels deep" in str(measured(deep))


def test_nested_fragments_are_measured_once_each() -> None:
    fragments = "".join(f"fragment F{n} on A {{ a {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(60))
    query = "{ a { ...F0 } }" + fragments + "fragment F60 on A { a }"
    started = time.process_time()
    assert measured(query) is not None
    # Walked naively this would take 2^60 steps; any finite answer shows that it is not.
    assert time.process_time() - started < 5


@pytest.mark.parametrize("aliases", [21, 500])
def test_many_things_at_once_are_refused(aliases: int) -> None:
    assert "at once" in str(measured("{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(aliases)) + "}"))


def test_the_limits_hold_over_http(graphql) -> None:
    too_long = graphql()("{ viewer { id } } #" + "x" * MAX_CHARACTERS)
    assert too_long["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY"
    too_many = graphql()(
        "{ jobs(first: 200) { items { " + " ".join(f"a{n}: id" for n in range(MAX_COST // 200 + 1)) + " } } }"
    )
    assert too_many["errors"][0]["extensions"]["code"] == "QUERY_TOO_COSTLY" and "data" not in too_many
