"""What one query may ask for, counted in one linear walk: fragments are measured once each, list sizes multiply."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from strawberry.extensions import SchemaExtension

from upstream.graph.pages import MAX_PAGE

MAX_CHARACTERS = 15_000
MAX_TOKENS = 2_000
MAX_DEPTH = 12
MAX_ROOT_FIELDS = 20
MAX_COST = 20_000
# A list without `first` (lines of a claim, days of a series) counts as this many rows.
UNPAGED_ROWS = 5


class Limits(SchemaExtension):
    """Refuses what is too long before it is parsed, and what is too deep or too costly before it is executed."""

    def on_operation(self) -> Iterator[None]:
        query = self.execution_context.query or ""
        if len(query) > MAX_CHARACTERS:
            raise _too_much(f"The query is longer than {MAX_CHARACTERS:,} characters.")
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_execute(self) -> Iterator[None]:
        document = self.execution_context.graphql_document
        if document is not None:
            check(document, self.execution_context.operation_name, self.execution_context.variables or {})
        yield


def check(document: DocumentNode, operation_name: str | None, variables: dict[str, Any]) -> None:
    """Raise a `GraphQLError` with code QUERY_TOO_COSTLY when the operation exceeds a limit."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measure = _Measure(fragments, variables)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and (
            operation_name is None or (node.name and node.name.value == operation_name)
        ):
            defaults = {
                definition.variable.name.value: definition.default_value
                for definition in node.variable_definitions or ()
                if isinstance(definition.default_value, IntValueNode)
            }
            measure.defaults = defaults
            if len(node.selection_set.selections) > MAX_ROOT_FIELDS:
                raise _too_much(f"Ask for at most {MAX_ROOT_FIELDS} things at once.")
            cost, depth = measure.selection(node.selection_set)
            if depth > MAX_DEPTH:
                raise _too_much(f"The query is {depth} levels deep; {MAX_DEPTH} are allowed.")
            if cost > MAX_COST:
                raise _too_much(
                    f"The query could return {cost:,} values; {MAX_COST:,} are allowed. Ask for fewer rows or fields."
                )


def _too_much(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "QUERY_TOO_COSTLY"})


class _Measure:
    """Cost (values) and depth (levels) of selections; a fragment's own figures are kept, so nesting stays linear."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]) -> None:
        self.fragments = fragments
        self.variables = variables
        self.defaults: dict[str, Any] = {}
        self.known: dict[str, tuple[int, int]] = {}

    def selection(self, selection_set: SelectionSetNode | None) -> tuple[int, int]:
        cost = depth = 0
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                inner, below = self.selection(node.selection_set)
                part = (1 + inner * self.rows(node), below + 1)
            elif isinstance(node, InlineFragmentNode):
                part = self.selection(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                part = self.fragment(node.name.value)
            else:
                continue
            cost, depth = cost + part[0], max(depth, part[1])
        return cost, depth

    def fragment(self, name: str) -> tuple[int, int]:
        if name not in self.known:
            self.known[name] = (0, 0)
            self.known[name] = self.selection(self.fragments[name].selection_set)
        return self.known[name]

    def rows(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value: Any = argument.value
                if isinstance(value, VariableNode):
                    value = self.variables.get(value.name.value, self.defaults.get(value.name.value))
                if isinstance(value, IntValueNode):
                    value = int(value.value)
                return min(max(value, 1), MAX_PAGE) if isinstance(value, int) else MAX_PAGE
        return 1
