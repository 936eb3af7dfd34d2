"""Errors in one shape, `{code, message, field?}`, with the words of the graph; the status says the same in HTTP's."""

import logging
from collections.abc import Mapping
from math import ceil
from typing import Any, cast

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from upstream.core.errors import ErrorCode, ServiceError, TooOften

log = logging.getLogger(__name__)

STATUS: dict[ErrorCode, int] = {
    ErrorCode.INVALID: 400,
    ErrorCode.REQUIRED: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.SECOND_FACTOR_REQUIRED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.STEP_UP_REQUIRED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.EXPIRED: 410,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.DUPLICATE: 422,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
}
_MISSING = {"required", "blank", "null"}


def answer(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to whatever a view raised; what nobody wrote for the caller is logged and told as INTERNAL."""
    if isinstance(error, ServiceError):
        response = _told(STATUS[error.code], error.code, error.message, error.field)
        if isinstance(error, TooOften):
            response["Retry-After"] = str(error.seconds)
        return response
    if isinstance(error, exceptions.ValidationError):
        return _told(400, *_first_of(error))
    if isinstance(error, exceptions.Throttled):
        seconds = ceil(cast(Any, error).wait)
        response = _told(429, ErrorCode.RATE_LIMITED, f"Too many requests. Wait {seconds} seconds and send it again.")
        response["Retry-After"] = str(seconds)
        return response
    if isinstance(error, exceptions.MethodNotAllowed):
        return _told(405, ErrorCode.INVALID, "This address does not take this method; the header Allow names those.")
    if isinstance(error, exceptions.NotAcceptable):
        return _told(406, ErrorCode.INVALID, "Answers are JSON: let the header Accept take application/json.")
    if isinstance(error, exceptions.UnsupportedMediaType):
        taken = " or ".join(parser.media_type for parser in context["view"].get_parsers())
        return _told(415, ErrorCode.INVALID, f"Send the body as {taken}.")
    if isinstance(error, Http404):
        return _told(404, ErrorCode.NOT_FOUND, "Nothing is at this address.")
    if isinstance(error, SuspiciousOperation):
        return _told(400, ErrorCode.INVALID, "The request is not one that Upstream reads.")
    if isinstance(error, UnreadablePostError):
        return _told(400, ErrorCode.INVALID, "The body broke off on its way. Send it again.")
    log.error("%s broke", type(context["view"]).__name__, exc_info=error)
    return _told(
        500,
        ErrorCode.INTERNAL,
        "Something went wrong on our side. Give your administrator the answer's X-Request-Id if it happens again.",
    )


def _told(status: int, code: ErrorCode, message: str, field: str | None = None) -> Response:
    body = {"code": code.value, "message": message}
    if field:
        body["field"] = field
    response = Response(body, status=status)
    if status == 401:
        response["WWW-Authenticate"] = "Api-Key, Bearer"
    return response


def _first_of(error: exceptions.ValidationError) -> tuple[ErrorCode, str, str | None]:
    """Code, message and field of the first thing a serializer found."""
    name, found = next(iter(cast(dict[str, Any], error.detail).items()))
    first = found[0]
    code = ErrorCode.REQUIRED if first.code in _MISSING else ErrorCode.INVALID
    return code, str(first), None if name == "non_field_errors" else name
