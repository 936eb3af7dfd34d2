"""What a query is answered with as tables: which columns it has is told by the query, before there is any row.

Each thing that is asked for is a table. The items of a page are its rows; fields of what a row holds are columns with
the way to them as their heading (`values.denialRate.value`). A list within a row gives a row for each of its items,
beside what the row says of itself; several lists follow one another. The SPA's grid does the same.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
)

from upstream.intake.quarantine import without_formula
from upstream.reports.excel.cells import Column, Kind

Path = tuple[str, ...]
Row = dict[Path, Any]

PIECE = 64 * 1024
_KINDS = {"Int": Kind.COUNT, "Decimal": Kind.MONEY, "Date": Kind.DATE, "DateTime": Kind.MOMENT}
_WIDTHS = {Kind.COUNT: 12, Kind.MONEY: 14, Kind.DATE: 12, Kind.MOMENT: 17}
# What a name of a sheet must not hold, and how long it may be.
_NOT_IN_NAMES, _LONGEST_NAME = str.maketrans("", "", "[]:*?/\\'"), 31


@dataclass(frozen=True, slots=True)
class Cell:
    """A column: the way to its value through the answer, and the scalar that the value is of."""

    path: Path
    scalar: str

    @property
    def heading(self) -> str:
        return ".".join(name for name in self.path if name != "items") or "value"


@dataclass(frozen=True, slots=True)
class Table:
    """name: of the field in the answer. Paths of cells begin below it."""

    name: str
    cells: tuple[Cell, ...]

    def sheet_columns(self) -> list[Column]:
        kinds = [_KINDS.get(cell.scalar, Kind.TEXT) for cell in self.cells]
        return [
            Column(cell.heading, kind, max(_WIDTHS.get(kind, 18), min(len(cell.heading) + 2, 40)))
            for cell, kind in zip(self.cells, kinds, strict=True)
        ]


def tables_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> list[Table]:
    """The tables of a valid query, one for each thing it asks for."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    tables = []
    root = schema.query_type
    for name, nodes in _fields(fragments, [operation.selection_set]).items():
        definition = root.fields.get(nodes[0].name.value) if root else None
        if definition is not None:
            cells = tuple(_cells(fragments, nodes, definition.type, ()))
            tables += [Table(name, cells)] if cells else []
    return tables


def _cells(fragments: dict[str, FragmentDefinitionNode], nodes: list[FieldNode], type_: Any, path: Path) -> list[Cell]:
    named: Any = get_named_type(type_)
    if is_leaf_type(named):
        return [Cell(path, named.name)]
    fields = _fields(fragments, [node.selection_set for node in nodes if node.selection_set])
    if "items" in fields:
        # A page: its items are the rows, and not what else it tells of itself.
        fields = {"items": fields["items"]}
    cells = []
    for name, selected in fields.items():
        definition = named.fields.get(selected[0].name.value)
        if definition is not None:
            cells += _cells(fragments, selected, definition.type, (*path, name))
    return cells


def _fields(
    fragments: dict[str, FragmentDefinitionNode], selections: Iterable[SelectionSetNode]
) -> dict[str, list[FieldNode]]:
    """What is selected, by its name in the answer; fragments are gone into."""
    found: dict[str, list[FieldNode]] = {}
    for selection in selections:
        for node in selection.selections:
            inner = None
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                inner = node.selection_set
            elif isinstance(node, FragmentSpreadNode):
                inner = fragments[node.name.value].selection_set
            if inner is not None:
                for name, nodes in _fields(fragments, [inner]).items():
                    found.setdefault(name, []).extend(nodes)
    return found


def rows_of(table: Table, data: dict[str, Any]) -> list[Row]:
    """The rows that an answer holds for a table, each with its values by the way to them."""
    value = data.get(table.name)
    if isinstance(value, list):
        return [row for item in value if item is not None for row in _rows(item, ())]
    return [] if value is None else _rows(value, ())


def _rows(value: Any, path: Path) -> list[Row]:
    if not isinstance(value, dict):
        return [{path: value}]
    if isinstance(value.get("items"), list):
        return [row for item in value["items"] if item is not None for row in _rows(item, (*path, "items"))]
    own: Row = {}
    lists: list[list[Row]] = []
    for name, inner in value.items():
        way = (*path, name)
        if isinstance(inner, dict):
            rows = _rows(inner, way)
        elif isinstance(inner, list) and any(isinstance(item, dict) for item in inner):
            rows = [row for item in inner if item is not None for row in _rows(item, way)]
        else:
            own[way] = inner
            continue
        if len(rows) == 1:
            own |= rows[0]
        elif rows:
            lists.append(rows)
    return [own | row for rows in lists for row in rows] or [own]


def values(table: Table, row: Row) -> list[Any]:
    """A row's cells as a workbook takes them: dates, moments and money of their own types, the rest as it reads."""
    return [_typed(row.get(cell.path), cell.scalar) for cell in table.cells]


def _typed(value: Any, scalar: str) -> Any:
    try:
        if isinstance(value, str) and scalar == "Date":
            return date.fromisoformat(value)
        if isinstance(value, str) and scalar == "DateTime":
            return datetime.fromisoformat(value)
        if isinstance(value, str) and scalar == "Decimal":
            return Decimal(value)
    except (ValueError, InvalidOperation):
        return value
    if isinstance(value, date | int | float | Decimal) and not isinstance(value, bool):
        return value
    return _read(value)


def _read(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() if not any(isinstance(item, dict | list) for item in value):
            return "; ".join(map(_read, value))
        case dict() | list():
            return orjson.dumps(value, default=str).decode()
        case date():
            return value.isoformat()
        case _:
            return str(value)


def sheet_name(table: Table) -> str:
    return table.name.translate(_NOT_IN_NAMES)[:_LONGEST_NAME]


def csv_pieces(table: Table, rows: Iterable[Row], progress: Callable[[int], None]) -> Iterator[bytes]:
    """The table as a CSV (UTF-8 with its mark), by pieces; no cell of it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write("\ufeff")
    written = 0

    def write(cells: Sequence[str]) -> None:
        writer.writerow([without_formula(cell) for cell in cells])

    write([cell.heading for cell in table.cells])
    for row in rows:
        write([_read(row.get(cell.path)) for cell in table.cells])
        written += 1
        if text.tell() >= PIECE:
            progress(written)
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    progress(written)
    yield text.getvalue().encode()
