"""What is known of a text once, whoever sends it again: parsed, found valid or not, its operations measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, FragmentDetails
from strawberry.schema.schema import validate_document

from upstream.graph.limits import MAX_TOKENS, Size, measured

#: Of one operation: sizes by variables, and fields by conditions. Who asks with ever others has them worked out anew.
_MOST_SIZES, _MOST_CONDITIONS = 100, 8

Conditions = tuple[tuple[str, bool], ...]
"""Variables that are true or false, which alone decide what @skip and @include leave."""


@dataclass(slots=True)
class Collected:
    """The fields that an operation selects under some conditions, as graphql-core collects them: in each place once."""

    root: CollectedFields | None = None
    below: dict[tuple[Any, int], tuple[FieldDetailsList, CollectedFields]] = field(default_factory=dict)


@dataclass(slots=True)
class Operation:
    node: OperationDefinitionNode
    sizes: dict[tuple[tuple[str, int | None], ...], Size] = field(default_factory=dict)
    _collected: dict[Conditions, Collected] = field(default_factory=dict)

    def collected(self, conditions: Conditions) -> Collected:
        # Other threads look up and empty it, too.
        known = self._collected.get(conditions)
        if known is None:
            if len(self._collected) >= _MOST_CONDITIONS:
                self._collected.clear()
            known = self._collected[conditions] = Collected()
        return known


class Prepared:
    """A text that is GraphQL. faults: what is not valid about it; without any, its operations may be carried out."""

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        """Raises `GraphQLError` for what is no GraphQL."""
        self.document: DocumentNode = parse(text, max_tokens=MAX_TOKENS)
        self.faults = validate_document(schema, self.document, tuple(specified_rules))
        self.definitions = {
            node.name.value: node for node in self.document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.fragments = {name: FragmentDetails(node) for name, node in self.definitions.items()}
        self._schema = schema
        self._operations = {
            node.name.value if node.name else None: Operation(node)
            for node in self.document.definitions
            if isinstance(node, OperationDefinitionNode)
        }

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one. Raises `GraphQLError` where that is none."""
        if name is None and len(self._operations) == 1:
            return next(iter(self._operations.values()))
        found = self._operations.get(name) if name else None
        if found is None:
            message = "There is no operation of that name." if name else "Name the operation that is meant."
            raise GraphQLError(message, extensions={"code": "INVALID"})
        return found

    def size(self, operation: Operation, variables: Mapping[str, Any]) -> Size:
        """What the operation asks for. Raises `GraphQLError`, QUERY_TOO_COSTLY, where it exceeds a limit."""
        # Variables count as numbers of rows, and by being there at all instead of what the document says.
        given = tuple((name, value if isinstance(value, int) else None) for name, value in variables.items())
        known = operation.sizes.get(given)
        if known is None:
            if len(operation.sizes) >= _MOST_SIZES:
                operation.sizes.clear()
            name = operation.node.name.value if operation.node.name else None
            known = operation.sizes[given] = measured(self._schema, self.document, name, variables)
        return known
