"""Fields that are resolved as plainly as they are written: by an attribute, or by calling their function.

Strawberry resolves each by a chain for extensions of fields, of which there are none, made anew for every field of
every answer.
"""

from collections.abc import Callable
from typing import Any, cast

import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from upstream.graph.context import Info

Resolve = Callable[..., Any]


def resolve_plainly(schema: strawberry.Schema) -> None:
    """Give the fields of a built schema their plain resolvers; those of models' types keep their own."""
    for type_ in schema._schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType):
            continue
        for field in type_.fields.values():
            definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
            # Of no subclass: those resolve in their own ways.
            if definition.__class__ is StrawberryField and not (definition.extensions or definition.is_async):
                field.resolve = _resolver(schema, definition)


def _resolver(schema: strawberry.Schema, field: StrawberryField) -> Resolve:
    resolver = field.base_resolver
    return _function(schema, field, resolver) if resolver else _attribute(field.python_name)


def _attribute(name: str) -> Resolve:
    def resolve(source: Any, _: GraphQLResolveInfo) -> Any:
        return getattr(source, name)

    return resolve


def _function(schema: strawberry.Schema, field: StrawberryField, resolver: StrawberryResolver[Any]) -> Resolve:
    function, takes_self = cast(Resolve, resolver.wrapped_func), bool(resolver.self_parameter)
    sources = [each.name for each in (resolver.parent_parameter, resolver.root_parameter) if each]
    takes_info = resolver.info_parameter.name if resolver.info_parameter else None
    config, scalars = schema.config, schema.schema_converter.scalar_registry
    arguments = [
        (config.name_converter.from_argument(each), each.python_name, each.type, _is_leaf(each.type, scalars))
        for each in field.arguments
    ]

    def resolve(source: Any, raw: GraphQLResolveInfo, **given: Any) -> Any:
        info = Info(_raw_info=raw, _field=field)
        named = {
            own: given[name] if as_it_is else convert_argument(given[name], type_, scalars, config, info, path=(name,))
            for name, own, type_, as_it_is in arguments
            if name in given
        }
        named |= dict.fromkeys(sources, source)
        if takes_info:
            named[takes_info] = info
        return function(source, **named) if takes_self else function(**named)

    return resolve


def _is_leaf(type_: Any, scalars: Any) -> bool:
    """Whether graphql-core has made of a value all that there is to make of it: a scalar's or an enumeration's."""
    inner = type_.of_type if type_.__class__ is StrawberryOptional else type_
    return is_scalar(inner, scalars) or isinstance(inner, StrawberryEnumDefinition)
