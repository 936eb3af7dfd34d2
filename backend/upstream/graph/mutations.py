"""Mutation payloads: `{thing, errors: [{code, field, message}]}`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.gates import gated
from upstream.graph.permissions import Permission

strawberry.enum(ErrorCode, description="What kind of thing went wrong.")  # type: ignore[call-overload]

P = TypeVar("P")


@gated(Permission.PUBLIC, description="Why something was not done, and what to do about it.")
class Problem:
    code: ErrorCode
    field: str | None
    message: str


def problem(error: ServiceError) -> Problem:
    return Problem(code=error.code, field=error.field, message=error.message)


def payload(payload_type: Callable[..., P]) -> Callable[[Callable[..., P]], Callable[..., P]]:
    """Turn a service's `ServiceError` into the payload's errors; anything else stays an error of the request."""

    def decorate(resolver: Callable[..., P]) -> Callable[..., P]:
        @wraps(resolver)
        def resolve(*args: Any, **kwargs: Any) -> P:
            try:
                return resolver(*args, **kwargs)
            except ServiceError as error:
                return payload_type(errors=[problem(error)])

        return resolve

    return decorate


def uuid_of(identifier: str, what: str, *, field: str = "id") -> UUID:
    """An `ID` argument as a UUID; anything that is none answers like an unknown id."""
    try:
        return UUID(identifier)
    except ValueError as error:
        raise not_found(what, field=field) from error


def uuid_or_none(identifier: str | None) -> UUID | None:
    """For queries by id: what is not a UUID finds nothing."""
    try:
        return UUID(identifier) if identifier else None
    except ValueError:
        return None
