"""For whom the database is asked: one organization, all of them, or nobody.

The third belt of tenancy. Each statement on PostgreSQL carries the scope it is made in (`core.postgresql`), and
row-level security (`core.row_security`) shows the rows of that scope alone: without one, none. Requests, jobs and
commands say for whom they work; what is asked of all organizations says that too, in so many words.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

ALL: Final = "ALL"

Scope: TypeAlias = UUID | str | None
"""An organization's id; `ALL`; None: nobody."""

Piece = TypeVar("Piece")

_scope: ContextVar[Scope] = ContextVar("scope", default=None)


def current() -> Scope:
    return _scope.get()


def enter(scope: Scope) -> None:
    """For the rest of this request (`ScopeMiddleware` ends it), thread or script."""
    _scope.set(scope)


@contextmanager
def of_organization(organization_id: UUID) -> Iterator[None]:
    """What is asked meanwhile is about one organization."""
    yield from _within(organization_id)


@contextmanager
def of_all_organizations() -> Iterator[None]:
    """For what belongs to no single organization: finding out who signs in, sweepers, verification, commands."""
    yield from _within(ALL)


@contextmanager
def of_nobody() -> Iterator[None]:
    """Until somebody is found to be asking."""
    yield from _within(None)


def pieces_of_organization(organization_id: UUID, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """`pieces`, each made in the scope of an organization, for what is sent when the request itself is over."""
    following = iter(pieces)
    while True:
        with of_organization(organization_id):
            try:
                piece = next(following)
            except StopIteration:
                return
        yield piece


def _within(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)
