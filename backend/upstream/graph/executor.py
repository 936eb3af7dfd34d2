"""What is executed otherwise than graphql-core does: denied fields, lists of objects, and nothing that is waited for.

A denied field is null and one error, wherever and however often it is selected. Rows of a list are built by a plan that
is compiled once for what a query selects of them (`graph.rows`), and remembered for as long as the document is.
"""

from functools import lru_cache
from typing import Any, TypeGuard, cast

from django.conf import settings
from django.db import DatabaseError
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, collect_fields
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path

from upstream.core.errors import ErrorCode
from upstream.graph.context import Context, Info
from upstream.graph.gates import Denied, Gates
from upstream.graph.pages import Listed, Page
from upstream.graph.permissions import Permission
from upstream.graph.prepared import Operation, Prepared
from upstream.graph.rows import LISTS, Plan, Rows, plan_of

Fields = dict[str, FieldDetailsList]
_TYPE = frozenset({"__type"})

#: By what decides how the rows are built: the type, the places of the document, what is denied, what is skipped. Those
#: places are kept beside the plan, so that their ids are given to no others meanwhile.
_plans: dict[tuple[Any, ...], tuple[Plan | None, FieldDetailsList]] = {}
_MOST_PLANS = 2_000


def _never(value: Any) -> TypeGuard[Any]:
    """Whether a value is one to wait for: nothing here is."""
    return False


@lru_cache(maxsize=256)
def _by_type(denied: Denied) -> dict[str, frozenset[str]]:
    """Names of denied fields by their type; types without any are absent."""
    return {of: frozenset(name for type_name, name in denied if type_name == of) for of in {each for each, _ in denied}}


def _among(fields: Fields, of: frozenset[str]) -> list[str]:
    """The names in the answer of those fields that are among `of`."""
    return [name for name, details in fields.items() if details[0].node.name.value in of]


class GatedExecutor(Executor[None]):
    """Asks once for each object, not for each of its fields: of most types nothing is denied."""

    def __init__(
        self,
        schema: GraphQLSchema,
        gates: Gates,
        prepared: Prepared,
        operation: Operation,
        variables: VariableValues,
        context: Context,
    ) -> None:
        super().__init__(
            schema,
            prepared.definitions,
            prepared.fragments,
            None,
            context,
            operation.node,
            variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=_never,
            is_async_iterable=_never,
            hide_suggestions=True,
        )
        self._gates = gates
        self._refused: set[tuple[str, str]] = set()
        self._planned = settings.GRAPH_EXECUTOR == "rows"
        self._conditions = tuple((name, value) for name, value in variables.coerced.items() if isinstance(value, bool))
        self._collected = operation.collected(self._conditions)
        self._relevant_sub_fields = self._collected.below

    def result(self) -> ExecutionResult:
        """As `execute_operation`, of what is collected once."""
        operation = self.operation
        root: Any = self.schema.get_root_type(operation.operation)
        if self._collected.root is None:
            self._collected.root = collect_fields(
                self.schema, self.fragments, self.variable_values, root, operation, self.hide_suggestions
            )
        try:
            data: Any = self.execute_fields(root, None, None, self._collected.root.grouped_field_set, None)
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            data = None
        return ExecutionResult(data, self.collected_errors.errors or None)

    def build_resolve_info(
        self, field_def: GraphQLField, field_nodes: list[FieldNode], parent_type: GraphQLObjectType, path: Path
    ) -> GraphQLResolveInfo:
        """With the plain values of variables, as Strawberry's resolvers take them."""
        return GraphQLResolveInfo(
            field_nodes[0].name.value,
            field_nodes,
            field_def.type,
            parent_type,
            path,
            self.schema,
            self.fragment_definitions,
            None,
            self.operation,
            cast(Any, self.variable_values.coerced),
            self.context_value,
            self.is_awaitable,
            None,
            self.async_helpers,
        )

    def execute_fields(
        self, parent_type: GraphQLObjectType, source: Any, path: Path | None, fields: Fields, position_context: Any
    ) -> dict[str, Any]:
        """One after the other, for nothing is waited for.

        Of a page its rows before all: only they know how little of themselves has to be fetched.
        """
        left_out = self._denied(parent_type, fields)
        for name in left_out:
            self._refuse(parent_type.name, fields[name], Path(path, name, parent_type.name))
        if path is None:
            left_out += self._untold(fields)
        names = (
            sorted(fields, key=lambda name: fields[name][0].node.name.value != "items")
            if isinstance(source, Page)
            else fields
        )
        results: dict[str, Any] = {}
        for name in names:
            result = None
            if name not in left_out:
                place = Path(path, name, parent_type.name)
                result = self.execute_field(parent_type, source, fields[name], place, None)
            if result is not Undefined:
                results[name] = result
        return {name: results[name] for name in fields if name in results} if isinstance(source, Page) else results

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, details: FieldDetailsList, path: Path, position_context: Any
    ) -> Any:
        """As graphql-core does, but for what could have to be waited for."""
        node = details[0].node
        field = self.schema.get_field(parent_type, node.name.value)
        if field is None:
            return Undefined
        info = self.build_resolve_info(field, [each.node for each in details], parent_type, path)
        try:
            given = get_argument_values(field, node, self.variable_values, None, True) if field.args else {}
            result = (field.resolve or default_field_resolver)(source, info, **given)
            return self.complete_value(field.type, details, info, path, result, None)
        except Exception as error:
            self.handle_field_error(error, field.type, details, path)
            return None

    def _denied(self, parent_type: GraphQLObjectType, fields: Fields) -> list[str]:
        """The names in the answer of those fields that who asks may not see."""
        denied = _by_type(self.context_value.denied).get(parent_type.name)
        return _among(fields, denied) if denied else []

    def _untold(self, fields: Fields) -> list[str]:
        """Types that are asked for by who may not ask about the schema: there is none, as for a name that is none."""
        actor = self.context_value.actor
        return [] if actor and actor.may(Permission.SCHEMA_READ) else _among(fields, _TYPE)

    def complete_list_value(
        self,
        return_type: GraphQLList[Any],
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo,
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        item_type: Any = return_type.of_type
        type_: Any = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        if self._planned and isinstance(type_, GraphQLObjectType) and result.__class__ in LISTS:
            nullable = type_ is item_type
            plan, rows = None, result
            if isinstance(result, Listed) and not result.fetched:
                plan = self._plan(type_, field_details_list, nullable=nullable, tuples=True)
                rows = result.values(plan.columns, texts=plan.texts) if plan else result
            plan = plan or self._plan(type_, field_details_list, nullable=nullable, tuples=False)
            built = None if plan is None else self._built(plan, rows, path)
            if plan is not None and built is not None:
                self._finish(plan, built, rows, type_, return_type, field_details_list, path)
                return built
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    def _plan(
        self, type_: GraphQLObjectType, details: FieldDetailsList, *, nullable: bool, tuples: bool
    ) -> Plan | None:
        denied = self.context_value.denied
        key = (type_.name, nullable, tuples, denied, self._conditions, *(id(each.node) for each in details))
        known = _plans.get(key)
        if known is None:
            # Other threads look up and empty it, too.
            if len(_plans) >= _MOST_PLANS:
                _plans.clear()
            plan = plan_of(
                self.schema, type_, details, self.collect_subfields, denied, nullable=nullable, tuples=tuples
            )
            known = _plans[key] = plan, details
        return known[0]

    def _built(self, plan: Plan, rows: Any, path: Path) -> Rows | None:
        """What the plan makes of the rows; None where graphql-core is to try, which tells what is wrong."""
        # Where the first row stands, as a resolver that raises has all rows executed by graphql-core.
        infos = [
            Info(
                _raw_info=self.build_resolve_info(
                    definition, [each.node for each in details], of, Path(Path(path, 0, None), name, of.name)
                ),
                _field=source,
            )
            for name, of, definition, details, source in plan.informed
        ]
        try:
            return plan.build(rows, infos)
        except DatabaseError:
            # It took its time already.
            raise
        except Exception:
            # Not lost: graphql-core comes to it again, and tells it where it stands.
            return None

    def _finish(
        self,
        plan: Plan,
        built: Rows,
        rows: Any,
        type_: GraphQLObjectType,
        return_type: GraphQLList[Any],
        details: FieldDetailsList,
        path: Path,
    ) -> None:
        """Have executed what the plan leaves out, in the rows that it built."""
        first = next((number for number, filled in enumerate(built) if filled is not None), len(built))
        for name, of_name in plan.refused if first < len(built) else ():
            self._refuse(type_.name, of_name, Path(Path(path, first, None), name, type_.name))
        for number, (row, filled) in enumerate(zip(rows, built, strict=True) if plan.executed else ()):
            if filled is None:
                continue
            place = Path(path, number, None)
            try:
                for name, of_name in plan.executed:
                    filled[name] = self.execute_field(type_, row, of_name, Path(place, name, type_.name), None)
            except Exception as error:
                self.handle_field_error(error, return_type.of_type, details, place)
                built[number] = None

    def _refuse(self, type_name: str, field_details_list: FieldDetailsList, path: Path) -> None:
        key = type_name, field_details_list[0].node.name.value
        if key in self._refused:
            return
        self._refused.add(key)
        permission = self._gates[key]
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
