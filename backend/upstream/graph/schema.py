"""Building the schema: gates checked, limits on, errors masked unless they are meant for the caller."""

import logging
import re
from collections.abc import Iterator
from typing import Any, cast

import strawberry
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError
from django.utils.module_loading import import_string
from graphql import FieldNode, GraphQLError
from psycopg.errors import QueryCanceled
from strawberry.extensions import MaskErrors, ParserCache, SchemaExtension
from strawberry.file_uploads import Upload
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.types import ExecutionContext

from upstream.core.errors import ServiceError, TooOften
from upstream.core.logs import request_id
from upstream.graph.documents import TrustedDocuments
from upstream.graph.executor import GatedExecutor
from upstream.graph.gates import denied_by, gates_of
from upstream.graph.limits import Limits
from upstream.graph.remembered import OfDocuments

log = logging.getLogger(__name__)

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


class _MaskUnexpected(MaskErrors):
    """Errors that nobody wrote for the caller become one sentence and a reference to the log."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=lambda error: error.original_error is not None)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        original = error.original_error
        if isinstance(original, ServiceError):
            extensions: dict[str, Any] = {"code": original.code.value}
            if original.field:
                extensions["field"] = original.field
            message = original.message
            if isinstance(original, TooOften):
                extensions["retryAfterSeconds"] = original.seconds
                self.execution_context.context.response.headers["Retry-After"] = str(original.seconds)
        elif isinstance(original, OperationalError) and isinstance(original.__cause__, QueryCanceled):
            extensions = {"code": "TIMEOUT"}
            message = "The answer took too long to look up. Ask for fewer rows, or for a shorter time."
        elif isinstance(original, GraphQLError) and (variable := _VARIABLE.match(error.message)):
            extensions = {"code": "INVALID"}
            message = f"The variable {variable[1]} has a value that is not of its type."
        else:
            extensions = {"code": "INTERNAL", "reference": request_id.get()}
            message = "Something went wrong on our side. Give your administrator the reference if it happens again."
        return GraphQLError(
            message,
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            extensions=extensions,
        )


_faults: OfDocuments[list[GraphQLError]] = OfDocuments(most=500)


class _ValidateOnce(SchemaExtension):
    """As `strawberry.extensions.ValidationCache`, which hashes all of a document to look it up."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        schema, document, rules = context.schema._schema, context.graphql_document, context.validation_rules
        if document is not None:
            context.pre_execution_errors = _faults.get(
                document, schema, lambda: validate_document(schema, document, rules)
            )
        yield


class UpstreamSchema(strawberry.Schema):
    """`gates` is the (type, field) → permission table; `denied` turns held permissions into refused fields."""

    def __init__(self, *, query: type, mutation: type) -> None:
        class Executor(GatedExecutor):
            pass

        super().__init__(
            query=query,
            mutation=mutation,
            execution_context_class=Executor,
            extensions=[TrustedDocuments, Limits, _MaskUnexpected, ParserCache, _ValidateOnce],
            config=StrawberryConfig(disable_field_suggestions=True, scalar_map={Upload: _FILE}),
        )
        self.gates = gates_of(self._schema)
        self.denied = denied_by(self.gates)
        Executor.gates = self.gates

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        for error in errors:
            error.message = told(error.message)
            original = error.original_error
            if original is not None and not isinstance(original, (ServiceError, GraphQLError)):
                # The path has the names that the caller gave to the fields.
                names = [node.name.value for node in error.nodes or () if isinstance(node, FieldNode)]
                log.error("resolver of %s broke", names, exc_info=original)


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
