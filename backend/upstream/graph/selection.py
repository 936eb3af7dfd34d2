"""What a query selects below a field, so that a resolver fetches that and nothing else."""

from collections.abc import Iterable
from typing import cast

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    VariableNode,
)

from upstream.graph.context import Info


def selects(info: Info, *path: str) -> bool:
    """Whether the query selects `path` (GraphQL field names) below the field being resolved and does not skip it."""
    raw = info._raw_info
    nodes: list[SelectionNode] = [
        selection
        for node in raw.field_nodes
        for selection in (node.selection_set.selections if node.selection_set else ())
    ]
    for name in path:
        found = [node for node in _fields(nodes, info) if node.name.value == name]
        if not found:
            return False
        nodes = [selection for node in found if node.selection_set for selection in node.selection_set.selections]
    return True


def _fields(nodes: Iterable[SelectionNode], info: Info) -> Iterable[FieldNode]:
    for node in nodes:
        if _left_out(node, info):
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
