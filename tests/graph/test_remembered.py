"""What is worked out about a document once: sizes and faults."""

from graphql import parse

from upstream.graph.limits import measured
from upstream.graph.remembered import OfDocuments


def test_each_document_and_question_is_worked_out_once_until_there_are_too_many() -> None:
    known: OfDocuments[int] = OfDocuments(most=3)
    one, alike = parse("{ a }"), parse("{ a }")
    asked = []

    def get(document, about):
        return known.get(document, about, lambda: asked.append(about) or len(asked))

    assert [get(one, "x"), get(alike, "x"), get(one, "y"), get(one, "x")] == [1, 2, 3, 1]
    assert get(alike, "y") == 4
    assert get(one, "x") == 5


def test_a_size_is_that_of_the_operation_and_of_the_rows_that_variables_ask_for() -> None:
    from upstream.api.schema import schema

    document = parse(
        "query One($first: Int = 10) { claims(first: $first) { items { id } } } query Other { viewer { id } }"
    )

    def values(operation, variables):
        return measured(schema._schema, document, operation, variables).values

    for _ in range(2):
        assert values("One", {}) == values("One", {"first": 10}) < values("One", {"first": 11})
        assert values("One", {"first": None}) == values("One", {"first": "10"}) == values("One", {"first": 200})
        assert values("Other", {"first": 10}) == values("Other", {}) < values("One", {})
