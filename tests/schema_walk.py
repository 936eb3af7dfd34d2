"""Queries made from the schema itself, so that a new field is tried without anybody thinking of it."""

import json
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from upstream.api.schema import schema

CORE = schema._schema
DEEPEST = 7
# Of each page, for the sizes of pages within pages multiply.
ROWS = 2


def selection(type_: Any, path: tuple[str, ...] = (), entered: dict[str, int] | None = None) -> str:
    """Every field of a type, recursively; where a type stood as near the root before, it tells its own values only."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    entered = {} if entered is None else entered
    first = len(path) < entered.get(named.name, DEEPEST)
    entered[named.name] = min(len(path), entered.get(named.name, DEEPEST))
    parts = ["__typename"]
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(name + _passed(field))
        elif first and inner.name not in path:
            parts.append(name + _passed(field) + selection(inner, (*path, named.name), entered))
    return " { " + " ".join(parts) + " }"


def _passed(field: GraphQLField) -> str:
    """What a field within an answer asks to be given, written into the query."""
    asked = {
        key: _written(value(arg.type, key, {}), arg) for key, arg in field.args.items() if is_required_argument(arg)
    }
    if "first" in field.args:
        asked["first"] = str(ROWS)
    told = ", ".join(f"{key}: {given}" for key, given in asked.items())
    return f"({told})" if told else ""


def _written(given: Any, argument: GraphQLArgument) -> str:
    return str(given) if isinstance(get_named_type(argument.type), GraphQLEnumType) else json.dumps(given)


def value(type_: Any, name: str, ids: dict[str, str]) -> Any:
    """A value for an argument: ids by the argument's name, otherwise something harmless of its type.

    Of an input's optional fields those that are ids known by their name are given too.
    """
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return [value(type_.of_type, name, ids)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return {
            key: value(field.type, key, ids)
            for key, field in type_.fields.items()
            if isinstance(field.type, GraphQLNonNull) or key in ids
        }
    if type_.name == "ID":
        return ids.get(name, "00000000-0000-0000-0000-000000000000")
    if type_.name == "String":
        return ids.get(name, "Text")
    return {"Int": 1, "Boolean": False, "Date": "2099-01-01", "Decimal": "1.00"}[type_.name]


def operation(kind: str, name: str, field: GraphQLField, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """One operation that calls one root field with its required arguments and selects everything.

    Any `id` is given as well, and of lists of choices, by which there may be more to see, the first.
    """

    def more(key: str, argument: GraphQLArgument) -> bool:
        return key == "id" or _is_list_of_choices(argument.type)

    wanted: dict[str, GraphQLArgument] = {
        key: argument
        for key, argument in field.args.items()
        if isinstance(argument.type, GraphQLNonNull) or more(key, argument)
    }
    wanted = {
        key: argument
        for key, argument in wanted.items()
        if argument.default_value is None or more(key, argument) or not _has_default(argument)
    }
    variables = {key: value(argument.type, key, ids) for key, argument in wanted.items()}
    declared = ", ".join(f"${key}: {argument.type}" for key, argument in wanted.items())
    passed = ", ".join([*(f"{key}: ${key}" for key in wanted), *([f"first: {ROWS}"] if "first" in field.args else [])])
    head = f"{kind} ({declared})" if declared else kind
    call = f"{name}({passed})" if passed else name
    return f"{head} {{ {call}{selection(field.type)} }}", variables


def _is_list_of_choices(type_: Any) -> bool:
    return isinstance(type_, GraphQLList) and isinstance(get_named_type(type_), GraphQLEnumType)


def _has_default(argument: GraphQLArgument) -> bool:
    from graphql import Undefined

    return argument.default_value is not Undefined


def root_fields(kind: str) -> Iterator[tuple[str, GraphQLField]]:
    """The fields of `query` or `mutation`, by name."""
    root: GraphQLObjectType | None = CORE.query_type if kind == "query" else CORE.mutation_type
    assert root is not None
    yield from root.fields.items()
