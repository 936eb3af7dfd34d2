"""What one query may ask for, counted in one linear walk: fragments are measured once each, list sizes multiply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    VariableNode,
    get_named_type,
)

from upstream.core import rates
from upstream.core.addresses import client_address
from upstream.graph.context import Context
from upstream.graph.pages import MAX_PAGE

MAX_CHARACTERS = 15_000
MAX_TOKENS = 2_000
MAX_DEPTH = 12
MAX_ROOT_FIELDS = 20
# One field may stand so often in one selection, each time under another name.
MAX_ALIASES = 30
MAX_DIRECTIVES = 50
MAX_COST = 40_000
# A list without `first` (lines of a claim, days of a series) counts as this many rows.
UNPAGED_ROWS = 5
_INTROSPECTION: Mapping[str, GraphQLField] = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


def spend(context: Context, values: int) -> None:
    """Count the values of a query for who asks, and say in the headers of the answer what is left of this minute.

    Raises `GraphQLError`, RATE_LIMITED, where the person or the organization has asked for too many.
    """
    budget = used(context, values)
    headers = context.response.headers
    headers["RateLimit-Limit"], headers["RateLimit-Remaining"] = str(budget.most), str(max(budget.left, 0))
    headers["RateLimit-Reset"] = str(budget.seconds_left)
    if budget.left < 0:
        headers["Retry-After"] = str(budget.seconds_left)
        raise GraphQLError(
            f"You have asked for {budget.most:,} values within a minute. "
            f"Go on in {budget.seconds_left} seconds, or ask for fewer.",
            extensions={"code": "RATE_LIMITED", "retryAfterSeconds": budget.seconds_left},
        )


@dataclass(frozen=True, slots=True, order=True)
class Budget:
    """left: values that may still be asked for within this minute, below 0 where it was more; most: in a whole one."""

    left: int
    most: int
    seconds_left: int


def used(context: Context, values: int) -> Budget:
    """Count values for who asks; returns what is left of the person's budget or the organization's, the scarcer one."""
    actor = context.actor
    if actor is None:
        whose = [(client_address(context.request), settings.GRAPHQL_VALUES_A_MINUTE_OF_STRANGERS)]
    else:
        whose = [
            (str(actor.user_id), settings.GRAPHQL_VALUES_A_MINUTE),
            (str(actor.organization_id), settings.GRAPHQL_VALUES_A_MINUTE_OF_ORGANIZATIONS),
        ]
    counts = rates.use_all([f"graphql:{who}" for who, _ in whose], values)
    return min(Budget(most - of.amount, most, of.seconds_left) for of, (_, most) in zip(counts, whose, strict=True))


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection asks for: values, once and for each item of the page it is on; levels; whether the schema."""

    values: int = 0
    of_item: int = 0
    depth: int = 0
    schema: bool = False


def measured(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> Size:
    """The size of a valid document's operation. Raises `GraphQLError`, QUERY_TOO_COSTLY, where it exceeds a limit."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        and (operation_name is None or (node.name and node.name.value == operation_name))
    )
    if len(operation.selection_set.selections) > MAX_ROOT_FIELDS:
        raise too_much(f"Ask for at most {MAX_ROOT_FIELDS} things at once.")
    defaults = {
        definition.variable.name.value: definition.default_value
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }
    measure = _Measure(schema, fragments, {**defaults, **variables})
    root = schema.get_root_type(operation.operation)
    size = measure.selection(operation.selection_set, root)
    if size.depth > MAX_DEPTH and not size.schema:
        raise too_much(f"The query is {size.depth} levels deep; {MAX_DEPTH} are allowed.")
    if size.values > MAX_COST:
        raise too_much(
            f"The query could return {size.values:,} values; {MAX_COST:,} are allowed. Ask for fewer rows or fields."
        )
    return size


def too_much(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "QUERY_TOO_COSTLY"})


class _Measure:
    """Sizes of selections; a fragment's own is kept, so that nesting stays linear."""

    def __init__(
        self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables
        self.known: dict[str, Size] = {}
        self.directives = 0

    def selection(self, selection_set: SelectionSetNode | None, type_: Any) -> Size:
        values = of_item = depth = 0
        schema = False
        names: dict[str, int] = {}
        for node in selection_set.selections if selection_set else ():
            self._count(node)
            if isinstance(node, FieldNode):
                name = node.name.value
                names[name] = names.get(name, 0) + 1
                if names[name] > MAX_ALIASES:
                    raise too_much(f"{name} is asked for more than {MAX_ALIASES} times in one place.")
                part = self.field(node, type_)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                part = self.selection(node.selection_set, self.schema.get_type(on.name.value) if on else type_)
            elif isinstance(node, FragmentSpreadNode):
                part = self.fragment(node.name.value)
            else:
                continue
            values, of_item = values + part.values, of_item + part.of_item
            depth, schema = max(depth, part.depth), schema or part.schema
        return Size(values, of_item, depth, schema)

    def _count(self, node: Any) -> None:
        self.directives += len(node.directives or ())
        if self.directives > MAX_DIRECTIVES:
            raise too_much(f"The query has more than {MAX_DIRECTIVES} directives.")

    def fragment(self, name: str) -> Size:
        if name not in self.known:
            self.known[name] = Size()
            node = self.fragments[name]
            self.known[name] = self.selection(node.selection_set, self.schema.get_type(node.type_condition.name.value))
        return self.known[name]

    def field(self, node: FieldNode, parent: Any) -> Size:
        name = node.name.value
        field = _INTROSPECTION.get(name) or getattr(parent, "fields", {}).get(name)
        if field is None:  # __typename, which every type has
            return Size(values=1, depth=1)
        inner = self.selection(node.selection_set, get_named_type(field.type))
        depth, schema = inner.depth + 1, inner.schema or name == "__schema"
        if name == "items":
            # As many as the page has, which the field around it tells.
            return Size(of_item=1 + inner.values + inner.of_item, depth=depth, schema=schema)
        once, each = inner.values, inner.of_item
        if _is_list(field):
            once, each = 0, once + each
        return Size(1 + once + each * self.rows(node, field), depth=depth, schema=schema)

    def rows(self, node: FieldNode, field: GraphQLField) -> int:
        """How many rows a list has, or the page that `field` gives."""
        if "first" not in field.args:
            return UNPAGED_ROWS
        given = next((each.value for each in node.arguments or () if each.name.value == "first"), None)
        value: Any = field.args["first"].default_value if given is None else given
        if isinstance(value, VariableNode):
            value = self.variables.get(value.name.value)
        if isinstance(value, IntValueNode):
            value = int(value.value)
        return min(max(value, 1), MAX_PAGE) if isinstance(value, int) else MAX_PAGE


def _is_list(field: GraphQLField) -> bool:
    type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(type_, GraphQLList)
