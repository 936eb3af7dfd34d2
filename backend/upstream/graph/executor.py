"""The executor's part of the gates: a denied field is null and one error, wherever and however often it is selected."""

from functools import lru_cache
from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from upstream.core.errors import ErrorCode
from upstream.graph.gates import Denied, Gates

Fields = dict[str, FieldDetailsList]


@lru_cache(maxsize=256)
def _by_type(denied: Denied) -> dict[str, frozenset[str]]:
    """Names of denied fields by their type; types without any are absent."""
    return {of: frozenset(name for type_name, name in denied if type_name == of) for of in {each for each, _ in denied}}


def _among(fields: Fields, denied: frozenset[str]) -> set[str]:
    """The names in the answer of those fields that are denied."""
    return {name for name, details in fields.items() if details[0].node.name.value in denied}


def _in_order(fields: Fields, refused: set[str], results: dict[str, Any]) -> dict[str, Any]:
    """The results, with null for what is refused, in the order in which they are asked for."""
    return {name: results.get(name) for name in fields if name in refused or name in results}


class GatedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Asks once for each object, not for each of its fields: of most types nothing is denied."""

    gates: Gates = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused: set[tuple[str, str]] = set()

    def execute_fields(
        self, parent_type: GraphQLObjectType, source: Any, path: Path | None, fields: Fields, position_context: Any
    ) -> Any:
        denied = _by_type(self.context_value.denied).get(parent_type.name)
        if denied is None or not (refused := _among(fields, denied)):
            return super().execute_fields(parent_type, source, path, fields, position_context)
        seen = self._without(refused, parent_type, path, fields)
        results: Any = super().execute_fields(parent_type, source, path, seen, position_context)
        return _in_order(fields, refused, results)

    def execute_fields_serially(
        self, parent_type: GraphQLObjectType, source: Any, path: Path | None, fields: Fields, position_context: Any
    ) -> Any:
        refused = _among(fields, _by_type(self.context_value.denied).get(parent_type.name, frozenset()))
        seen = self._without(refused, parent_type, path, fields)
        results: Any = super().execute_fields_serially(parent_type, source, path, seen, position_context)
        return _in_order(fields, refused, results)

    def _without(self, refused: set[str], parent_type: GraphQLObjectType, path: Path | None, fields: Fields) -> Fields:
        for name in refused:
            self._refuse(parent_type.name, fields[name], Path(path, name, parent_type.name))
        return {name: details for name, details in fields.items() if name not in refused}

    def _refuse(self, type_name: str, field_details_list: FieldDetailsList, path: Path) -> None:
        key = type_name, field_details_list[0].node.name.value
        if key in self._refused:
            return
        self._refused.add(key)
        permission = self.gates[key]
        if self.context_value.actor is None:
            code, message = ErrorCode.UNAUTHENTICATED, "Sign in first."
        else:
            code, message = ErrorCode.FORBIDDEN, f"{type_name}.{key[1]} needs the permission {permission.value}."
        error = GraphQLError(
            message,
            nodes=[details.node for details in field_details_list],
            path=path.as_list(),
            extensions={"code": code.value, "field": f"{type_name}.{key[1]}", "permission": permission.value},
        )
        self.collected_errors.add(error, path)
