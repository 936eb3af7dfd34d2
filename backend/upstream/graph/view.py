"""The one HTTP address of the graph: POST only, multipart by the request specification, errors that say what to do."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson
from cross_web import HTTPException
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from graphene_file_upload.utils import place_files_in_operations
from strawberry.django.views import GraphQLView
from strawberry.http import GraphQLHTTPResponse

from upstream.core.actor import Actor
from upstream.graph.context import Context
from upstream.graph.documents import trusted
from upstream.graph.gates import Denied
from upstream.graph.permissions import Permission

RESPONSE_TYPE = "application/graphql-response+json"
CLIENT_HEADER = "X-Upstream-Client"
# Of a query that is not valid; the first ones tell enough to mend it.
MOST_ERRORS = 5
NOBODY = frozenset({Permission.PUBLIC})


class UnknownDocument(HTTPException):
    """A document that is named, and that nobody registered."""

    code = "DOCUMENT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(
            400,
            "This server does not know the operation; it may just be getting another version. Reload the page, or "
            "update the application.",
        )


class UpstreamGraphQLView(GraphQLView[Context, None]):
    """`authenticate` finds the actor of a request, `denied` tells the fields a set of permissions may not see, `acting`
    surrounds what is done in the actor's name.
    """

    authenticate: Callable[[HttpRequest], Actor | None]
    denied: Callable[[frozenset[str]], Denied]
    acting: Callable[[Actor | None], AbstractContextManager[None]]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            response = _refusal(405, "Send GraphQL by POST.")
            response["Allow"] = "POST"
            return response
        try:
            return self.run(request=request)
        except HTTPException as error:
            return _refusal(error.status_code, error.reason, getattr(error, "code", "BAD_REQUEST"))
        except UnicodeDecodeError:
            return _refusal(400, "The request body is not UTF-8.")

    def get_context(self, request: HttpRequest, response: HttpResponse) -> Context:
        actor = self.authenticate(request)
        permissions: frozenset[str] = actor.permissions if actor else NOBODY
        self.context = Context(request=request, response=response, actor=actor, denied=self.denied(permissions))
        return self.context

    def execute_operation(self, request: Any, context: Context, root_value: Any, sub_response: Any) -> Any:
        with self.acting(context.actor):
            return super().execute_operation(request, context, root_value, sub_response)

    def decode_json(self, data: str | bytes) -> object:
        """The body of a request, with the text of its document where it only names it."""
        body = _object(data)
        if "documentId" not in body:
            return body
        identifier = body["documentId"]
        if not isinstance(identifier, str) or body.get("query") is not None:
            raise HTTPException(400, "Send either query or documentId, as a string.")
        text = trusted.text(identifier)
        if text is None:
            raise UnknownDocument
        return {**body, "query": text}

    def parse_multipart(self, request: Any) -> dict[str, Any]:
        # A form on another site can send multipart but cannot set a header, so the header stands for "not a form".
        if not any(name.lower() == CLIENT_HEADER.lower() for name in request.headers):
            raise HTTPException(400, f"Multipart requests need the header {CLIENT_HEADER}.")
        operations = self.decode_json(request.post_data.get("operations") or "")
        places = _object(request.post_data.get("map") or "")
        try:
            return place_files_in_operations(operations, places, request.files)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise HTTPException(400, "The map does not fit the operations and the files sent.") from error

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data, default=str)

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: HttpResponse
    ) -> HttpResponseBase:
        response = super().create_response(response_data, sub_response)
        modern = RESPONSE_TYPE in self.request.headers.get("Accept", "")
        if modern:
            response["Content-Type"] = f"{RESPONSE_TYPE}; charset=utf-8"
        if isinstance(response_data, dict) and "data" not in response_data and modern:
            response.status_code = 400
        response["Cache-Control"] = "no-store"
        if self.context.reads and isinstance(response_data, dict) and "data" in response_data:
            self._tag(response)
        return response

    def _tag(self, response: Any) -> None:
        """Name the answer of a query by its content, and leave the content out where the client holds that one.

        `POST` knows no 304 (RFC 9110, 13.1.2), so no cache on the way acts on this: it is between the graph and clients
        that keep their last answer and ask for it again, which is why the tag is computed from the bytes alone.
        """
        tag = f'"{hashlib.blake2b(response.content, digest_size=12).hexdigest()}"'
        response["ETag"] = tag
        actor = self.context.actor
        if actor is not None and not actor.may(Permission.PHI_READ):
            response["Cache-Control"] = "private, no-cache"
        if _names(self.request.headers.get("If-None-Match", ""), tag):
            response.status_code, response.content = 304, b""
            del response["Content-Type"]

    def process_result(self, request: HttpRequest, result: Any) -> GraphQLHTTPResponse:
        answer = super().process_result(request, result)
        # An operation that never started (parse, validation, limits) has no data at all, not null data.
        if answer.get("data") is None and result.errors and all(error.path is None for error in result.errors):
            answer.pop("data", None)
            answer["errors"] = (answer.get("errors") or [])[:MOST_ERRORS]
        return answer


def _names(condition: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag, compared weakly (RFC 9110, 8.8.3.2): proxies that compress weaken it."""
    return any(each.strip().removeprefix("W/") == tag for each in condition.split(","))


def _object(data: str | bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, "The request body is not JSON.") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "The request body must be a JSON object with a query.")
    return body


def _refusal(status: int, message: str, code: str = "BAD_REQUEST") -> HttpResponse:
    content = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return HttpResponse(content, status=status, content_type="application/json")
