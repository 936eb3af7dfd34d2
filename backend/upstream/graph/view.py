"""The one HTTP address of the graph: POST only, multipart by the request specification, errors that say what to do."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from graphene_file_upload.utils import place_files_in_operations

from upstream.core.actor import Actor
from upstream.graph.context import Context
from upstream.graph.documents import trusted
from upstream.graph.permissions import Permission
from upstream.graph.schema import Asked, UpstreamSchema

RESPONSE_TYPE = "application/graphql-response+json"
CLIENT_HEADER = "X-Upstream-Client"
# Of a query that is not valid; the first ones tell enough to mend it.
MOST_ERRORS = 5
NOBODY = frozenset({Permission.PUBLIC})


class BadRequest(Exception):
    """What was sent asks nothing of the graph."""

    def __init__(self, message: str, *, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.message, self.status, self.code = message, status, code


@dataclass(frozen=True, slots=True)
class GraphView:
    """`authenticate` finds the actor of a request; `acting` surrounds what is done in the actor's name."""

    schema: UpstreamSchema
    authenticate: Callable[[HttpRequest], Actor | None]
    acting: Callable[[Actor | None], AbstractContextManager[None]]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            asked = _asked(request)
        except BadRequest as error:
            content = {"errors": [{"message": error.message, "extensions": {"code": error.code}}]}
            response = HttpResponse(orjson.dumps(content), status=error.status, content_type="application/json")
            if error.status == 405:
                response["Allow"] = "POST"
            return response
        actor = self.authenticate(request)
        denied = self.schema.denied(actor.permissions if actor else NOBODY)
        context = Context(request=request, response=HttpResponse(), actor=actor, denied=denied)
        with self.acting(actor):
            return self._answered(asked, context)

    def _answered(self, asked: Asked, context: Context) -> HttpResponse:
        result, response = self.schema.answer(asked, context), context.response
        answer: dict[str, Any] = {"data": result.data}
        modern = RESPONSE_TYPE in context.request.headers.get("Accept", "")
        response["Content-Type"] = f"{RESPONSE_TYPE}; charset=utf-8" if modern else "application/json"
        response["Cache-Control"] = "no-store"
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
            # An operation that never started (parse, validation, limits) has no data at all, not null data.
            if result.data is None and all(error.path is None for error in result.errors):
                answer = {"errors": answer["errors"][:MOST_ERRORS]}
                if modern:
                    response.status_code = 400
        response.content = orjson.dumps(answer, default=str)
        if context.reads and "data" in answer:
            _tag(response, context)
        return response


def _tag(response: HttpResponse, context: Context) -> None:
    """Name the answer of a query by its content, and leave the content out where the client holds that one.

    `POST` knows no 304 (RFC 9110, 13.1.2), so no cache on the way acts on this: it is between the graph and clients
    that keep their last answer and ask for it again, which is why the tag is computed from the bytes alone.
    """
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    response["ETag"] = tag
    if context.actor is not None and not context.actor.may(Permission.PHI_READ):
        response["Cache-Control"] = "private, no-cache"
    if _names(context.request.headers.get("If-None-Match", ""), tag):
        response.status_code, response.content = 304, b""
        del response["Content-Type"]


def _names(condition: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag, compared weakly (RFC 9110, 8.8.3.2): proxies that compress weaken it."""
    return any(each.strip().removeprefix("W/") == tag for each in condition.split(","))


def _asked(request: HttpRequest) -> Asked:
    """What a request asks. Raises `BadRequest`."""
    if request.method != "POST":
        raise BadRequest("Send GraphQL by POST.", status=405)
    if request.content_type == "application/json":
        body = _object(request.body)
    elif request.content_type == "multipart/form-data":
        body = _multipart(request)
    else:
        raise BadRequest("Send application/json, or multipart/form-data where there are files.", status=415)
    text, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    identifier = body.get("documentId")
    if "documentId" in body:
        if not isinstance(identifier, str) or text is not None:
            raise BadRequest("Send either query or documentId, as a string.")
        text = trusted.text(identifier)
        if text is None:
            raise BadRequest(
                "This server does not know the operation; it may just be getting another version. Reload the page, or "
                "update the application.",
                code="DOCUMENT_NOT_FOUND",
            )
    if not text or not isinstance(text, str):
        raise BadRequest("Send a query, as a string.")
    if not isinstance(variables, (dict, type(None))):
        raise BadRequest("The variables must be a JSON object, or null.")
    if not isinstance(name, (str, type(None))):
        raise BadRequest("The operationName must be a string, or null.")
    if not isinstance(body.get("extensions"), (dict, type(None))):
        raise BadRequest("The extensions must be a JSON object, or null.")
    return Asked(text, variables or {}, name)


def _multipart(request: HttpRequest) -> dict[str, Any]:
    # A form on another site can send multipart but cannot set a header, so the header stands for "not a form".
    if CLIENT_HEADER not in request.headers:
        raise BadRequest(f"Multipart requests need the header {CLIENT_HEADER}.")
    operations, places = (_object(request.POST.get(name, "")) for name in ("operations", "map"))
    try:
        body: dict[str, Any] = place_files_in_operations(operations, places, request.FILES)
        return body
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise BadRequest("The map does not fit the operations and the files sent.") from error


def _object(data: str | bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRequest("The request body is not JSON.") from error
    if not isinstance(body, dict):
        raise BadRequest("The request body must be a JSON object with a query.")
    return body
