"""The schema: built with its gates checked, and how an operation is answered by it: within limits, errors masked unless
they are meant for the caller.
"""

import logging
import re
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NoReturn, cast

import strawberry
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError
from django.utils.module_loading import import_string
from graphql import ExecutionResult, FieldNode, GraphQLError, OperationType
from graphql.execution.values import get_variable_values
from psycopg.errors import QueryCanceled
from strawberry.file_uploads import Upload
from strawberry.schema.config import StrawberryConfig

from upstream.core.actor import Actor
from upstream.core.errors import ServiceError, TooOften
from upstream.core.logs import request_id
from upstream.graph.context import Context
from upstream.graph.documents import check_may_be_asked
from upstream.graph.executor import GatedExecutor
from upstream.graph.gates import denied_by, gates_of
from upstream.graph.limits import MAX_CHARACTERS, spend, too_much
from upstream.graph.permissions import Permission
from upstream.graph.prepared import Prepared
from upstream.graph.resolving import resolve_plainly

log = logging.getLogger(__name__)

# Of the longest, each takes a megabyte.
_MOST_TEXTS = 200
# Of variables; the first ones tell enough to mend them.
_MOST_FAULTS = 50

# Where graphql-core repeats what a caller wrote as a value, and what is said instead.
_VALUES = [
    (re.compile(r", found: .*", re.DOTALL), "."),
    (re.compile(r"(cannot represent [^:]+): .*", re.DOTALL), r"\1."),
    (re.compile(r"((?:found|Unexpected) \w+) '.*", re.DOTALL), r"\1."),
    (re.compile(r"^Value .* does not exist", re.DOTALL), "The value does not exist"),
]
_VARIABLE = re.compile(r"Variable '(\$\w+)' ")


def _file(value: object) -> UploadedFile:
    if not isinstance(value, UploadedFile):
        raise GraphQLError("Send the file by the GraphQL multipart request specification.")
    return value


_FILE = strawberry.scalar(
    name="Upload", description="A file, sent by the GraphQL multipart request specification.", parse_value=_file
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A text, the variables given with it, and which of its operations is meant where it has several."""

    text: str
    variables: dict[str, Any]
    operation_name: str | None = None


class UpstreamSchema(strawberry.Schema):
    """`gates` is the (type, field) → permission table; `denied` turns held permissions into refused fields."""

    def __init__(self, *, query: type, mutation: type) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            config=StrawberryConfig(disable_field_suggestions=True, scalar_map={Upload: _FILE}),
        )
        self.gates = gates_of(self._schema)
        self.denied = denied_by(self.gates)
        resolve_plainly(self)
        self._prepared = lru_cache(maxsize=_MOST_TEXTS)(partial(Prepared, self._schema))

    def execute_sync(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("Strawberry's own way knows neither permissions nor limits: `answer` does.")

    def answer(self, asked: Asked, context: Context, *, only_queries: bool = False) -> ExecutionResult:
        """Carry one operation out, within the limits and as far as the context's actor may; its errors are those that a
        caller may be told. Without data nothing was carried out.
        """
        try:
            result = self._carried_out(asked, context, only_queries)
        except GraphQLError as error:
            result = ExecutionResult(None, [error])
        except Exception as error:
            result = ExecutionResult(None, [GraphQLError("", original_error=error)])
        if result.errors:
            return ExecutionResult(result.data, [_for_caller(error, context) for error in result.errors])
        return result

    def _carried_out(self, asked: Asked, context: Context, only_queries: bool) -> ExecutionResult:
        check_may_be_asked(asked.text, context.actor)
        if len(asked.text) > MAX_CHARACTERS:
            raise too_much(f"The query is longer than {MAX_CHARACTERS:,} characters.")
        prepared = self._prepared(asked.text)
        if prepared.faults:
            return ExecutionResult(None, prepared.faults)
        operation = prepared.operation(asked.operation_name)
        reads = operation.node.operation is OperationType.QUERY
        if only_queries and not reads:
            raise GraphQLError("Only queries are carried out here: nothing is changed by them.")
        size = prepared.size(operation, asked.variables)
        if size.schema:
            _may_ask_about_the_schema(context.actor)
        if context.counted:
            spend(context, size.values)
        context.reads = reads
        variables = get_variable_values(
            self._schema,
            operation.node.variable_definitions or (),
            asked.variables,
            _MOST_FAULTS,
            hide_suggestions=True,
        )
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        return GatedExecutor(self._schema, self.gates, prepared, operation, variables, context).result()


def _may_ask_about_the_schema(actor: Actor | None) -> None:
    if actor is None or not actor.may(Permission.SCHEMA_READ):
        raise GraphQLError(
            "Your role may not ask about the schema itself.",
            extensions={"code": "FORBIDDEN", "permission": Permission.SCHEMA_READ.value},
        )


def _for_caller(error: GraphQLError, context: Context) -> GraphQLError:
    """The error as it is told: what nobody wrote for the caller becomes one sentence and a reference to the log."""
    original = error.original_error
    if original is None:
        error.message = told(error.message)
        return error
    if isinstance(original, ServiceError):
        extensions: dict[str, Any] = {"code": original.code.value}
        if original.field:
            extensions["field"] = original.field
        message = original.message
        if isinstance(original, TooOften):
            extensions["retryAfterSeconds"] = original.seconds
            context.response.headers["Retry-After"] = str(original.seconds)
    elif isinstance(original, OperationalError) and isinstance(original.__cause__, QueryCanceled):
        extensions = {"code": "TIMEOUT"}
        message = "The answer took too long to look up. Ask for fewer rows, or for a shorter time."
        _log(error)
    elif isinstance(original, GraphQLError) and (variable := _VARIABLE.match(error.message)):
        extensions = {"code": "INVALID"}
        message = f"The variable {variable[1]} has a value that is not of its type."
    else:
        extensions = {"code": "INTERNAL", "reference": request_id.get()}
        message = "Something went wrong on our side. Give your administrator the reference if it happens again."
        _log(error)
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _log(error: GraphQLError) -> None:
    # The path has the names that the caller gave to the fields.
    names = [node.name.value for node in error.nodes or () if isinstance(node, FieldNode)]
    log.error("resolver of %s broke", names, exc_info=error.original_error)


def served() -> UpstreamSchema:
    """The schema of all rooms. A setting names it, for the rooms that run queries are among those it is made of."""
    return cast(UpstreamSchema, import_string(settings.GRAPH_SCHEMA))


def told(message: str) -> str:
    """What a caller is told of an error of graphql-core's, without the values they wrote.

    What is not known is not guessed at: a guess tells names to who may not ask for them.
    """
    message = message.partition(" Did you mean ")[0]
    for pattern, instead in _VALUES:
        message = pattern.sub(instead, message)
    return message
