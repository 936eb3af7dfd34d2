"""Mutation payloads: `{thing, errors: [{code, field, message}]}`."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import Info as StrawberryInfo

from upstream.core.errors import ErrorCode, ServiceError, TooOften, not_found
from upstream.graph.gates import gated
from upstream.graph.permissions import Permission

strawberry.enum(ErrorCode, description="What kind of thing went wrong.")

P = TypeVar("P")
Arguments = ParamSpec("Arguments")


@gated(Permission.PUBLIC, description="Why something was not done, and what to do about it.")
class Problem:
    code: ErrorCode
    field: str | None
    message: str


def problem(error: ServiceError) -> Problem:
    return Problem(code=error.code, field=error.field, message=error.message)


def payload(
    payload_type: Callable[..., P],
) -> Callable[[Callable[Arguments, P | None]], Callable[Arguments, P | None]]:
    """Turn a service's `ServiceError` into the payload's errors; anything else stays an error of the request."""

    def decorate(resolver: Callable[Arguments, P | None]) -> Callable[Arguments, P | None]:
        @wraps(resolver)
        def resolve(*args: Arguments.args, **kwargs: Arguments.kwargs) -> P | None:
            try:
                return resolver(*args, **kwargs)
            except ServiceError as error:
                if isinstance(error, TooOften):
                    info = next(each for each in (*args, *kwargs.values()) if isinstance(each, StrawberryInfo))
                    info.context.response.headers["Retry-After"] = str(error.seconds)
                return payload_type(errors=[problem(error)])

        return resolve

    return decorate


def uuid_of(identifier: str, what: str, *, field: str = "id") -> UUID:
    """An `ID` argument as a UUID; anything that is none answers like an unknown id."""
    try:
        return UUID(identifier)
    except ValueError as error:
        raise not_found(what, field=field) from error


def row_id(identifier: str) -> UUID:
    """An `ID` to look for: what is no UUID becomes one that no row has, and finds nothing like any unknown id."""
    try:
        return UUID(identifier)
    except ValueError:
        return UUID(int=0)


def row_id_or_none(identifier: str | None) -> UUID | None:
    """As `row_id`; None and an empty text ask for nothing."""
    return row_id(identifier) if identifier else None
