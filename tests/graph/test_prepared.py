"""What is known of a text once: its operations, how much they ask for, and which fields they select."""

import pytest
from graphql import GraphQLError
from schema_walk import CORE

from upstream.graph import prepared
from upstream.graph.prepared import Prepared

TWO = "query One($first: Int = 10) { claims(first: $first) { items { id } } } query Other { viewer { id } }"


def test_a_size_is_that_of_the_operation_and_of_the_rows_that_variables_ask_for() -> None:
    text = Prepared(CORE, TWO)

    def values(operation, variables):
        return text.size(text.operation(operation), variables).values

    for _ in range(2):
        assert values("One", {}) == values("One", {"first": 10}) < values("One", {"first": 11})
        assert values("One", {"first": None}) == values("One", {"first": "10"}) == values("One", {"first": 200})
        assert values("Other", {"first": 10}) == values("Other", {}) < values("One", {})


def test_sizes_and_collected_fields_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_MOST_SIZES", 3)
    monkeypatch.setattr(prepared, "_MOST_CONDITIONS", 3)
    text = Prepared(CORE, TWO)
    operation = text.operation("One")
    for number in range(8):
        assert text.size(operation, {"first": number + 1}) is text.size(operation, {"first": number + 1})
        conditions = (("with", True), (str(number), False))
        assert operation.collected(conditions) is operation.collected(conditions)
        assert len(operation.sizes) <= 3 and len(operation._collected) <= 3


@pytest.mark.parametrize(("name", "message"), [(None, "Name the operation"), ("", "Name the"), ("No", "of that name")])
def test_which_operation_is_meant_has_to_be_told(name: str | None, message: str) -> None:
    with pytest.raises(GraphQLError, match=message):
        Prepared(CORE, TWO).operation(name)
    with pytest.raises(GraphQLError):
        Prepared(CORE, "fragment F on Query { viewer { id } }").operation(None)
