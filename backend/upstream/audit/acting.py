"""Who is acting, for the changes that auditlog finds: a person, a service key, a webhook, or Upstream itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from upstream.core.actor import Actor

_actor: ContextVar[Actor | None] = ContextVar("acting", default=None)


def current() -> Actor | None:
    """None: Upstream itself, as in jobs and commands."""
    return _actor.get()


def enter(actor: Actor) -> None:
    """For the rest of what `acting` surrounds, once it is known who asks."""
    _actor.set(actor)


@contextmanager
def acting(actor: Actor | None) -> Iterator[None]:
    """Changes made inside are `actor`'s."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
