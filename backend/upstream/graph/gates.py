"""Permission gates: every field names one permission, visible in the schema as `@requires`, checked once per request.

A gate does not depend on the row, so it is not asked per row: at start-up the schema is walked into a table of
(type, field) → permission; a request's permissions select from it the fields that are denied, and the executor answers
those with null and one error each. A field that names no permission keeps the server from starting.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar, dataclass_transform

import strawberry
import strawberry_django
from graphql import GraphQLObjectType, GraphQLSchema, is_non_null_type
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from upstream.graph.permissions import Permission

T = TypeVar("T", bound=type)
Denied = frozenset[tuple[str, str]]
Gates = dict[tuple[str, str], Permission]


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION], description="The permission a field needs.")
class Requires:
    permission: Permission


class UngatedField(RuntimeError):
    """A field of the schema names no permission, or could collapse a whole answer when refused."""


def requires(permission: Permission) -> list[object]:
    """The `directives=` of a field that needs `permission`."""
    return [Requires(permission=permission)]


def _gate_fields(fields: Iterable[StrawberryField], permission: Permission) -> None:
    for field in fields:
        if not any(isinstance(directive, Requires) for directive in field.directives):
            field.directives = [*field.directives, Requires(permission=permission)]


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def gated(permission: Permission, **options: Any) -> Callable[[T], T]:
    """`strawberry.type` whose fields need `permission` unless they name another."""

    def decorate(cls: T) -> T:
        decorated = strawberry.type(cls, **options)
        _gate_fields(get_object_definition(decorated, strict=True).fields, permission)
        return decorated

    return decorate


def gated_model(model: type, permission: Permission, **options: Any) -> Callable[[T], T]:
    """`strawberry_django.type` whose fields need `permission` unless they name another."""

    def decorate(cls: T) -> T:
        decorated = strawberry_django.type(model, **options)(cls)
        _gate_fields(get_object_definition(decorated, strict=True).fields, permission)
        return decorated

    return decorate


def shown(row: object) -> Any:
    """A model's row where the GraphQL type of that model is expected: the type is a view of the row, not a copy."""
    return row


def extends(target: type, permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add a resolver as a field to a type of a room further left, which must not know this one."""

    def decorate(resolver: Callable[..., Any]) -> Callable[..., Any]:
        field = strawberry.field(resolver, directives=requires(permission), description=resolver.__doc__)
        field.python_name = resolver.__name__
        field.name = resolver.__name__
        field.origin = target
        get_object_definition(target, strict=True).fields.append(field)
        return resolver

    return decorate


def gates_of(schema: GraphQLSchema) -> Gates:
    """The table of the built schema; raises `UngatedField` naming every field that has no gate.

    A field under another permission than the one that leads to it must be nullable, so that refusing it cannot take its
    siblings with it: root fields, and fields that differ from the rest of their type.
    """
    gates: Gates = {}
    faults: list[str] = []
    roots = {root.name for root in (schema.query_type, schema.mutation_type) if root}
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        found: dict[str, Permission] = {}
        for name, field in type_.fields.items():
            definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            directive = next((d for d in getattr(definition, "directives", ()) if isinstance(d, Requires)), None)
            if directive is None:
                faults.append(f"{type_.name}.{name} names no permission")
                continue
            found[name] = directive.permission
        usual = max(found.values(), key=list(found.values()).count, default=Permission.PUBLIC)
        for name, permission in found.items():
            stands_alone = type_.name in roots or permission != usual
            if stands_alone and permission != Permission.PUBLIC and is_non_null_type(type_.fields[name].type):
                faults.append(f"{type_.name}.{name} needs {permission} and must be nullable")
            gates[type_.name, name] = permission
    if faults:
        raise UngatedField("; ".join(sorted(faults)))
    return gates


def denied_by(gates: Gates) -> Callable[[frozenset[str]], Denied]:
    """A function from the permissions someone holds to the fields they may not see (remembered per set)."""

    @lru_cache(maxsize=256)
    def denied(permissions: frozenset[str]) -> Denied:
        return frozenset(field for field, permission in gates.items() if permission not in permissions)

    return denied
