"""What can be said of a query without carrying it out: what is wrong with it and where, its size, what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    validate,
    visit,
)

from upstream.graph.limits import MAX_CHARACTERS, MAX_TOKENS, Size, measured
from upstream.graph.permissions import Permission
from upstream.graph.schema import UpstreamSchema, told

# The first ones tell enough to mend it.
MOST_FAULTS = 20
_NOTHING = Size()


@dataclass(frozen=True, slots=True)
class Fault:
    """line, column: from 1, in characters; None for what is wrong with the whole."""

    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.message if self.line is None else f"Line {self.line}, column {self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """A text that was looked at. Without faults it has an operation; size: zero where it has any."""

    faults: tuple[Fault, ...]
    document: DocumentNode | None = None
    operation: OperationDefinitionNode | None = None
    size: Size = _NOTHING
    permissions: frozenset[Permission] = frozenset()


def check(
    schema: UpstreamSchema, text: str, variables: Mapping[str, Any], operation_name: str | None = None
) -> Checked:
    """Look at one query: several operations in a text need a name, and changes are none. Linear, apart from what
    graphql-core's own rules take, which every query is held to.
    """
    if len(text) > MAX_CHARACTERS:
        return Checked((Fault(f"The query is longer than {MAX_CHARACTERS:,} characters."),))
    core = schema._schema
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        return Checked((_fault(error),))
    errors = validate(core, document, max_errors=MOST_FAULTS)
    if errors:
        return Checked(tuple(_fault(error) for error in errors[:MOST_FAULTS]), document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = [node for node in operations if operation_name is None or (node.name and node.name.value == operation_name)]
    if len(named) != 1:
        several = "Name the operation that is meant" if operation_name is None else "No operation has that name"
        return Checked((Fault(f"{several}." if operations else "There is no operation in the text."),), document)
    operation = named[0]
    if operation.operation is not OperationType.QUERY:
        line, column = _place(operation)
        return Checked((Fault("Only queries are run here: nothing is changed by them.", line, column),), document)
    try:
        size = measured(core, document, operation_name, variables)
    except GraphQLError as error:
        return Checked((_fault(error),), document, operation)
    return Checked((), document, operation, size, permissions_of(schema, document))


def permissions_of(schema: UpstreamSchema, document: DocumentNode) -> frozenset[Permission]:
    """What the fields of a valid document need, wherever they stand in it."""
    info, needed = TypeInfo(schema._schema), set()

    class Gates(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            if parent is not None and (gate := schema.gates.get((parent.name, node.name.value))):
                needed.add(gate)

    visit(document, TypeInfoVisitor(info, Gates()))
    return frozenset(needed)


def _fault(error: GraphQLError) -> Fault:
    place = error.locations[0] if error.locations else None
    return Fault(told(error.message), place.line if place else None, place.column if place else None)


def _place(node: OperationDefinitionNode) -> tuple[int | None, int | None]:
    return (node.loc.start_token.line, node.loc.start_token.column) if node.loc else (None, None)
