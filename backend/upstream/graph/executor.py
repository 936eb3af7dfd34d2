"""The executor's part of the gates: a denied field is null and one error, wherever and however often it is selected."""

from typing import Any

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from upstream.core.errors import ErrorCode
from upstream.graph.gates import Gates


class GatedExecutor(StrawberryGraphQLCoreExecutionContext):
    gates: Gates = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused: set[tuple[str, str]] = set()

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> Any:
        denied = self.context_value.denied
        if denied:
            key = (parent_type.name, field_details_list[0].node.name.value)
            if key in denied:
                return self._refuse(key, field_details_list, path)
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def _refuse(self, key: tuple[str, str], field_details_list: FieldDetailsList, path: Path) -> None:
        if key in self._refused:
            return
        self._refused.add(key)
        type_name, field_name = key
        permission = self.gates[key]
        if self.context_value.actor is None:
            code, message = ErrorCode.UNAUTHENTICATED, "Sign in first."
        else:
            code, message = ErrorCode.FORBIDDEN, f"{type_name}.{field_name} needs the permission {permission.value}."
        error = GraphQLError(
            message,
            nodes=[details.node for details in field_details_list],
            path=path.as_list(),
            extensions={"code": code.value, "field": f"{type_name}.{field_name}", "permission": permission.value},
        )
        self.collected_errors.add(error, path)
