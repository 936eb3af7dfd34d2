"""Structured logs: one JSON object a line, carrying the request's and the job's id, and nothing of a patient.

Messages of exceptions stay out: a database error quotes the row, a parser what it could not read. So do the addresses
of requests, in which callers may write anything.
"""

import json
import logging
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from upstream.core.ids import uuid7

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")


class IdsFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.job_id = job_id.get()
        return True


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in ("request_id", "job_id"):
            if value := getattr(record, name, ""):
                line[name] = value
        if record.exc_info:
            line["exception"] = _without_messages(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """A line for a person at work on Upstream, with as little of exceptions as the JSON has."""

    def format(self, record: logging.LogRecord) -> str:
        # What another formatter made of the exception is kept here, messages and all.
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        return _without_messages(ei[1])


def _without_messages(error: BaseException | None) -> str:
    """The traceback of an error and of those before it, the first one first, each ending with its type alone."""
    told: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = "".join(traceback.format_tb(error.__traceback__))
        told.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\n".join(reversed(told))


class RouteFilter(logging.Filter):
    """Django names the address of a request that went wrong; here the route stands for it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        if request is not None:
            route = f"/{match.route}" if match is not None else "(no route)"
            record.msg, record.args = "%s %s: %d", (request.method, route, getattr(record, "status_code", 0))
        return True


class RequestIdMiddleware:
    """Gives each request an id (the caller's own `X-Request-Id` when it is a plain token) and answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-Id", "")
        identifier = offered if 8 <= len(offered) <= 64 and offered.replace("-", "").isalnum() else uuid7().hex
        token = request_id.set(identifier)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-Id"] = identifier
        return response
