"""Requests made at random from the schema: any field with any arguments, ids and cursors of whoever they are."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from schema_walk import root_fields

#: Fields of each object that are asked for, how far down, and how often an optional argument is given.
FIELDS, DEPTH, GIVEN = 5, 3, 0.4
_FIELDS = [(kind, *named) for kind in ("query", "mutation") for named in root_fields(kind)]
_NUMBERS = [-1, 0, 1, 2, 50, 10**6, 2**31 - 1]
_DAYS = ["2026-03-02", "1980-05-06", "0001-01-01", "9999-12-31"]


@dataclass(frozen=True)
class Known:
    """What somebody may have got hold of: ids and cursors of another organization, and parts of its texts."""

    ids: list[str]
    cursors: list[str]
    texts: list[str]


def request(random: Random, known: Known) -> tuple[str, dict[str, Any]]:
    """One operation with its variables."""
    kind, name, field = random.choice(_FIELDS)
    given = {
        key: argument
        for key, argument in field.args.items()
        if is_required_argument(argument) or key == "id" or random.random() < GIVEN
    }
    variables = {key: value(random, known, argument.type, key) for key, argument in given.items()}
    declared = ", ".join(f"${key}: {argument.type}" for key, argument in given.items())
    passed = ", ".join(f"{key}: ${key}" for key in given)
    call = f"{name}({passed})" if passed else name
    head = f"{kind} ({declared})" if declared else kind
    return f"{head} {{ {call}{selection(random, known, field.type, DEPTH)} }}", variables


def selection(random: Random, known: Known, type_: Any, depth: int) -> str:
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    fields = [
        (name, field) for name, field in named.fields.items() if depth or is_leaf_type(get_named_type(field.type))
    ]
    chosen = random.sample(fields, min(FIELDS, len(fields)))
    parts = [
        name + _written(random, known, field.args) + selection(random, known, field.type, depth - 1)
        for name, field in chosen
    ]
    return " { __typename " + " ".join(parts) + " }"


def _written(random: Random, known: Known, arguments: dict[str, GraphQLArgument]) -> str:
    """What a field within an answer is given, as part of the query."""
    given = {
        key: _literal(value(random, known, argument.type, key))
        for key, argument in arguments.items()
        if is_required_argument(argument) or random.random() < GIVEN
    }
    return "(" + ", ".join(f"{key}: {literal}" for key, literal in given.items()) + ")" if given else ""


class _Name(str):
    """An enum's value, which stands in a query without quotes."""


def _literal(given: Any) -> str:
    if isinstance(given, dict):
        return "{" + ", ".join(f"{key}: {_literal(each)}" for key, each in given.items()) + "}"
    if isinstance(given, list):
        return "[" + ", ".join(map(_literal, given)) + "]"
    if given is None or isinstance(given, bool):
        return {None: "null", True: "true", False: "false"}[given]
    if isinstance(given, _Name | int | float):
        return str(given)
    return '"' + str(given).replace("\\", "\\\\").replace('"', '\\"') + '"'


def value(random: Random, known: Known, type_: Any, name: str) -> Any:
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    elif random.random() < 0.1:
        return None
    if isinstance(type_, GraphQLList):
        return [value(random, known, type_.of_type, name) for _ in range(random.randint(1, 3))]
    if isinstance(type_, GraphQLEnumType):
        return _Name(random.choice(list(type_.values)))
    if isinstance(type_, GraphQLInputObjectType):
        return {
            key: value(random, known, field.type, key)
            for key, field in type_.fields.items()
            if isinstance(field.type, GraphQLNonNull) or random.random() < GIVEN
        }
    if type_.name == "ID":
        unknown = str(UUID(int=random.getrandbits(128), version=4))
        return random.choice([*known.ids, unknown, *random.sample(known.texts, 1)])
    if name in {"after", "before", "cursor"}:
        return random.choice([*known.cursors, *known.ids, "bm90aGluZw=="])
    choices: dict[str, list[Any]] = {
        # Parts of ids alone: a text may come back as the name of something of one's own.
        "String": [*known.texts, *(each[:18] for each in known.ids), "", "%", "_", "' OR 1=1 --", "\\"],
        "Int": _NUMBERS,
        "Boolean": [True, False],
        "Float": [-1.5, 0.0, 0.5, 1e9],
        "Date": _DAYS,
        "Decimal": ["0", "1.00", "-1", "1e9"],
    }
    # What is no file, no moment and no JSON is refused.
    return random.choice(choices.get(type_.name, known.ids))
