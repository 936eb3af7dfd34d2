"""What a query selects below a field, so that a resolver fetches that and nothing else."""

from collections.abc import Iterable

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode

from upstream.graph.context import Info


def selects(info: Info, *path: str) -> bool:
    """Whether the query selects `path` (GraphQL field names) below the field being resolved."""
    raw = info._raw_info
    nodes: list[SelectionNode] = [
        selection
        for node in raw.field_nodes
        for selection in (node.selection_set.selections if node.selection_set else ())
    ]
    for name in path:
        found = [node for node in _fields(nodes, raw.fragments) if node.name.value == name]
        if not found:
            return False
        nodes = [selection for node in found if node.selection_set for selection in node.selection_set.selections]
    return True


def _fields(nodes: Iterable[SelectionNode], fragments: dict[str, FragmentDefinitionNode]) -> Iterable[FieldNode]:
    for node in nodes:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set.selections, fragments)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            yield from _fields(fragments[node.name.value].selection_set.selections, fragments)
