"""Who is acting, for auditlog: its entries of changed configuration name the person behind the token."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry

from upstream.core.actor import Actor

_user_id: ContextVar[UUID | None] = ContextVar("acting_user_id", default=None)


@contextmanager
def acting(actor: Actor | None) -> Iterator[None]:
    """Entries written inside belong to `actor` (to nobody for the system and for strangers)."""
    token = _user_id.set(actor.user_id if actor else None)
    try:
        yield
    finally:
        _user_id.reset(token)


def name_the_actor(*, instance: LogEntry, **_: Any) -> None:
    """Receiver of `pre_save` for auditlog's entries."""
    if instance.actor_id is None:
        instance.actor_id = _user_id.get()
