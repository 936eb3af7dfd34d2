"""What a query selects below a field, so that a resolver fetches that and nothing else."""

from collections.abc import Iterable
from typing import Any, cast

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    VariableNode,
    value_from_ast_untyped,
)

from upstream.graph.context import Info


def selects(info: Info, *path: str) -> bool:
    """Whether the query selects `path` (GraphQL field names) below the field being resolved and does not skip it."""
    return bool(_selected(info, *path))


def arguments(info: Info, argument: str, *path: str) -> list[Any]:
    """What the query gives as `argument` (of an enum or a scalar) to each of its selections of `path`, as it is sent.

    Raises KeyError where one gives nothing.
    """
    given = []
    for node in _selected(info, *path):
        value = {each.name.value: each.value for each in node.arguments or ()}[argument]
        if isinstance(value, VariableNode):
            given.append(info.variable_values[value.name.value])
        else:
            given.append(value_from_ast_untyped(value))
    return given


def fields(info: Info, *path: str) -> set[str]:
    """The names of the fields that the query selects below `path`."""
    nodes = [each for node in _selected(info, *path) if node.selection_set for each in node.selection_set.selections]
    return {node.name.value for node in _fields(nodes, info)} - {"__typename"}


def _selected(info: Info, *path: str) -> list[FieldNode]:
    selected = list(info._raw_info.field_nodes)
    for name in path:
        nodes = [each for node in selected if node.selection_set for each in node.selection_set.selections]
        selected = [node for node in _fields(nodes, info) if node.name.value == name]
    return selected


def _fields(nodes: Iterable[SelectionNode], info: Info) -> Iterable[FieldNode]:
    for node in nodes:
        if node.directives and _left_out(node, info):
            continue
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set.selections, info)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in info._raw_info.fragments:
            yield from _fields(info._raw_info.fragments[node.name.value].selection_set.selections, info)


def _left_out(node: SelectionNode, info: Info) -> bool:
    for directive in node.directives or ():
        if directive.name.value in ("skip", "include"):
            condition = (directive.arguments or ())[0].value
            if isinstance(condition, VariableNode):
                holds = info.variable_values.get(condition.name.value)
            else:
                holds = cast(BooleanValueNode, condition).value
            if holds == (directive.name.value == "skip"):
                return True
    return False
