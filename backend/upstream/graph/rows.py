"""Lists of objects, row by row without the executor: a function is compiled for what a query selects of them.

graphql-core asks, for each field of each row, which field that is, how it is resolved, of what type its value is and
whether that waits for something. None of it differs from row to row. What a plan does not foresee — another class, a
value that is none of its type, a resolver that raises — it leaves to graphql-core, which takes the whole list again
and answers with its own errors; fields that it cannot foresee at all (with arguments, or denied below the row) are
executed for each row as ever. `GRAPH_EXECUTOR=stock` turns all of it off.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db.models import Model, QuerySet
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor, ReverseManyToOneDescriptor
from django.db.models.query_utils import DeferredAttribute
from graphql import (
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_enum_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.utils.typing import get_django_definition

from upstream.graph.gates import Denied
from upstream.graph.pages import Listed

#: What a value of a scalar usually is, and how that is written; anything else is left to the scalar itself.
_USUAL: dict[str, tuple[type, str]] = {
    "String": (str, "{0}"),
    "ID": (UUID, "str({0})"),
    "Boolean": (bool, "{0}"),
    "Date": (date, "{0}.isoformat()"),
    "Decimal": (Decimal, "str({0})"),
}

#: Columns whose text, as PostgreSQL writes it, is what a scalar's value is written as.
_TEXTS = {"UUIDField": "ID", "DateField": "Date", "DecimalField": "Decimal"}
#: With more places Python writes small numbers by their exponents.
_MOST_PLACES = 6

LISTS: frozenset[type] = frozenset({list, tuple, QuerySet, Listed})
"""Classes of what is known to be a list of rows."""

Informed = tuple[str, GraphQLObjectType, GraphQLField, FieldDetailsList, StrawberryField]
"""A field by its name in the answer, of which type and what it is, and who selects it."""
Rows = list[dict[str, Any] | None]
Collect = Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields]


class Unforeseen(Exception):
    """A row is not what its plan was made for."""


class _Uncompiled(Exception):
    """A field of which no code can be made."""


@dataclass(slots=True)
class Plan:
    """How the rows of one list are built. `build(rows, infos)` raises `Unforeseen`, or whatever a resolver does."""

    build: Callable[[Sequence[Any], list[Any]], Rows]
    columns: list[str]
    """Where rows are tuples: the columns, by their paths, that they hold."""
    texts: bool
    """Whether ids, dates and decimals among these may as well be texts."""
    informed: list[Informed]
    """Fields whose resolvers ask for an `info`, which `build` takes in this order."""
    executed: list[tuple[str, FieldDetailsList]]
    """Fields that stand empty in what is built, to be executed for each row."""
    refused: list[tuple[str, FieldDetailsList]]


def plan_of(
    schema: GraphQLSchema,
    type_: GraphQLObjectType,
    details: FieldDetailsList,
    collect: Collect,
    denied: Denied,
    *,
    nullable: bool,
    tuples: bool,
) -> Plan | None:
    """The plan for a list of objects of `type_` (or of nulls), of which `details` select the fields; None where none
    can be made. tuples: for rows that are no objects but tuples of columns, where no more than these is selected.
    """
    if GraphQLCoreConverter.DEFINITION_BACKREF not in type_.extensions:
        # A type of the introspection.
        return None
    writer = _Writer(schema, collect, denied, tuples=tuples)
    try:
        rows = writer.rows_of(type_, details, nullable=nullable)
    except _Uncompiled:
        return None
    if tuples and writer.executed:
        return None
    source = "\n".join(["def build(rows, infos):", *(f"    {line}" for line in writer.lines), f"    return {rows}"])
    exec(compile(source, "<rows>", "exec"), writer.names)  # noqa: S102 - of the schema's own names only
    return Plan(
        writer.names["build"], list(writer.columns), writer.texts, writer.informed, writer.executed, writer.refused
    )


class _Writer:
    """Writes the body of a plan's function."""

    def __init__(self, schema: GraphQLSchema, collect: Collect, denied: Denied, *, tuples: bool) -> None:
        self._schema, self._collect, self._denied, self._tuples = schema, collect, denied, tuples
        self._indent, self._count = "", 0
        self.columns: dict[str, int] = {}
        """Places in a tuple, by path."""
        self.texts = tuples
        self._row = ""
        self._paths: dict[str, str] = {}
        """Of the objects that tuples stand for, what paths begin with."""
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"Unforeseen": Unforeseen}
        self.informed: list[Informed] = []
        self.executed: list[tuple[str, FieldDetailsList]] = []
        self.refused: list[tuple[str, FieldDetailsList]] = []

    def rows_of(self, type_: GraphQLObjectType, details: FieldDetailsList, *, nullable: bool) -> str:
        """The name of the list of what `rows` become."""
        return self._list("rows", type_, details, nullable=nullable, own=True)

    def _write(self, line: str) -> None:
        self.lines.append(self._indent + line)

    @contextmanager
    def _block(self, head: str) -> Iterator[None]:
        self._write(head)
        before, self._indent = self._indent, self._indent + "    "
        yield
        self._indent = before

    def _name(self, value: Any = None, *, stem: str = "v") -> str:
        self._count += 1
        name = f"{stem}{self._count}"
        if value is not None:
            self.names[name] = value
        return name

    def _list(
        self, values: str, type_: GraphQLObjectType, details: FieldDetailsList, *, nullable: bool, own: bool = False
    ) -> str:
        if self._tuples and not own:
            raise _Uncompiled
        built, row = self._name(), self._name()
        self._row, self._paths[row] = row, ""
        self._write(f"{built} = []")
        with self._block(f"for {row} in {values}:"):
            self._write(f"{built}.append({self._object(row, type_, details, nullable=nullable, own=own)})")
        return built

    def _object(
        self, value: str, type_: GraphQLObjectType, details: FieldDetailsList, *, nullable: bool, own: bool = False
    ) -> str:
        if not nullable:
            self._check_class(value, type_)
            return self._fields(value, type_, details, own)
        built = self._name()
        with self._block(f"if {value} is None:"):
            self._write(f"{built} = None")
        with self._block("else:"):
            self._check_class(value, type_)
            self._write(f"{built} = {self._fields(value, type_, details, own)}")
        return built

    def _check_class(self, value: str, type_: GraphQLObjectType) -> None:
        """Rows of a model are of that very class: of another, fields may be read otherwise."""
        model = _model_of(type_)
        if self._tuples:
            return
        if model is not None:
            self._write(f"if {value}.__class__ is not {self._name(model)}: raise Unforeseen")
        elif type_.is_type_of:
            raise _Uncompiled
        else:
            self._write(f"if {value} is None: raise Unforeseen")

    def _fields(self, value: str, type_: GraphQLObjectType, details: FieldDetailsList, own: bool) -> str:
        """A dictionary's text. own: of a row itself, where what cannot be compiled is left to the executor."""
        collected = self._collect(type_, details)
        if collected.new_defer_usages:
            raise _Uncompiled
        items = []
        for name, of_name in collected.grouped_field_set.items():
            # Names of GraphQL need no quoting.
            items.append(f"'{name}': {self._field_or_left(value, type_, name, of_name, own)}")
        return "{" + ", ".join(items) + "}"

    def _field_or_left(
        self, value: str, type_: GraphQLObjectType, name: str, details: FieldDetailsList, own: bool
    ) -> str:
        if (type_.name, details[0].node.name.value) in self._denied:
            if not own:
                raise _Uncompiled
            self.refused.append((name, details))
            return "None"
        lines, informed, indent = len(self.lines), len(self.informed), self._indent
        try:
            return self._field(value, type_, details)
        except _Uncompiled:
            if not own:
                raise
            del self.lines[lines:], self.informed[informed:]
            self._indent = indent
            self.executed.append((name, details))
            return "None"

    def _field(self, value: str, type_: GraphQLObjectType, details: FieldDetailsList) -> str:
        node = details[0].node
        if node.name.value == "__typename":
            return f"'{type_.name}'"
        definition = self._schema.get_field(type_, node.name.value)
        if definition is None or definition.args or node.arguments:
            raise _Uncompiled
        result = self._name()
        if self._tuples:
            read = self._column(value, type_, definition, result)
        else:
            read = self._read(value, type_, definition, details)
        self._write(f"{result} = {read}")
        return self._completed(result, definition.type, details)

    def _read(self, value: str, type_: GraphQLObjectType, definition: GraphQLField, details: FieldDetailsList) -> str:
        """How the field's value is read of its object."""
        source: StrawberryField | None = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if source is None or source.extensions or source.is_async:
            raise _Uncompiled
        if source.base_resolver:
            return self._resolved(value, type_, definition, details, source)
        if not isinstance(source, StrawberryDjangoField):
            return f"{value}.{source.python_name}"
        attribute, model = source.django_name or source.python_name, _model_of(type_)
        described = getattr(model, attribute, None)
        if isinstance(described, ReverseManyToOneDescriptor) and _is_plain(source):
            # As its manager answers, which looks here first, too.
            cached = described.rel.get_accessor_name()
            return (
                f"{value}.__dict__.get('_prefetched_objects_cache', {{}}).get('{cached}') or {value}.{attribute}.all()"
            )
        if described.__class__ in {DeferredAttribute, ForwardManyToOneDescriptor, property}:
            return f"{value}.{attribute}"
        raise _Uncompiled

    def _column(self, value: str, type_: GraphQLObjectType, definition: GraphQLField, result: str) -> str:
        """Where the field stands in the row's tuple; of an object, whether there is one."""
        source: StrawberryField | None = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(source, StrawberryDjangoField) or source.base_resolver or source.extensions:
            raise _Uncompiled
        attribute = source.django_name or source.python_name
        described = getattr(_model_of(type_), attribute, None)
        if described.__class__ not in {DeferredAttribute, ForwardManyToOneDescriptor}:
            raise _Uncompiled
        field = described.field
        path = self._paths[value] + field.attname
        wanted = get_named_type(definition.type)
        if is_leaf_type(wanted) and _TEXTS.get(field.get_internal_type(), wanted.name) != wanted.name:
            self.texts = False
        if getattr(field, "decimal_places", 0) > _MOST_PLACES:
            self.texts = False
        self._paths[result] = f"{self._paths[value]}{attribute}__"
        return f"{self._row}[{self.columns.setdefault(path, len(self.columns))}]"

    def _resolved(
        self,
        value: str,
        type_: GraphQLObjectType,
        definition: GraphQLField,
        details: FieldDetailsList,
        source: StrawberryField,
    ) -> str:
        resolver = cast(StrawberryResolver[Any], source.base_resolver)
        given = [value] if resolver.self_parameter else []
        for parameter in (resolver.parent_parameter, resolver.root_parameter):
            if parameter is not None:
                given.append(f"{parameter.name}={value}")
        if resolver.info_parameter is not None:
            given.append(f"{resolver.info_parameter.name}=infos[{len(self.informed)}]")
            self.informed.append((_answered(details), type_, definition, details, source))
        return f"{self._name(resolver.wrapped_func)}({', '.join(given)})"

    def _completed(self, value: str, type_: GraphQLOutputType, details: FieldDetailsList) -> str:
        nullable = not isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            return self._leaf(value, inner, nullable=nullable)
        if isinstance(inner, GraphQLObjectType):
            return self._object(value, inner, details, nullable=nullable)
        if isinstance(inner, GraphQLList):
            return self._nested(value, inner, details, nullable=nullable)
        raise _Uncompiled

    def _nested(self, value: str, type_: GraphQLList[Any], details: FieldDetailsList, *, nullable: bool) -> str:
        item = type_.of_type
        item_nullable = not isinstance(item, GraphQLNonNull)
        item = item if item_nullable else item.of_type
        built = self._name()
        if nullable:
            self._write(f"{built} = None")
        with self._block(f"if {value} is not None:" if nullable else "if True:"):
            self._write(f"if {value}.__class__ not in {self._name(LISTS)}: raise Unforeseen")
            if isinstance(item, GraphQLObjectType):
                self._write(f"{built} = {self._list(value, item, details, nullable=item_nullable)}")
            elif is_leaf_type(item):
                each = self._name()
                self._write(f"{built} = [{self._leaf(each, item, nullable=item_nullable)} for {each} in {value}]")
            else:
                raise _Uncompiled
        return built

    def _leaf(self, value: str, type_: GraphQLLeafType, *, nullable: bool) -> str:
        coerced = f"{self._name(_coercion(type_))}({value})"
        usual = _USUAL.get(type_.name)
        if usual is not None:
            coerced = f"{usual[1].format(value)} if {value}.__class__ is {self._name(usual[0])} else {coerced}"
        if self._tuples and type_.name in _TEXTS.values():
            coerced = f"{value} if {value}.__class__ is str else {coerced}"
        return f"(None if {value} is None else {coerced})" if nullable else f"({coerced})"


def _answered(details: FieldDetailsList) -> str:
    """The name of a field in the answer."""
    node = details[0].node
    return (node.alias or node.name).value


def _coercion(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """The type's own coercion, remembered for the few values of an enumeration."""
    known: dict[Any, Any] = {}
    few = is_enum_type(type_)

    def coerced(value: Any) -> Any:
        if few and value in known:
            return known[value]
        result = None if value is None or isinstance(value, Exception) else type_.coerce_output_value(value)
        if result is None or result is Undefined:
            raise Unforeseen
        if few:
            known[value] = result
        return result

    return coerced


def _model_of(type_: GraphQLObjectType) -> type[Model] | None:
    origin = type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin
    definition = get_django_definition(origin)
    return definition.model if definition else None


def _is_plain(source: StrawberryDjangoField) -> bool:
    """Whether the rows of a relation are all rows of it, as they stand."""
    type_ = source.django_type
    return type_ is not None and not hasattr(type_, "get_queryset") and source.is_list and not source.arguments
