"""What somebody has used within this minute, counted in the cache.

When the cache is away nothing is counted and nobody is kept out.
"""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from threading import local

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS, cache
from redis import Redis
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError, NoScriptError, RedisError

from upstream.core.errors import TooOften

log = logging.getLogger(__name__)

WINDOW_SECONDS = 60

_REDIS = "django.core.cache.backends.redis.RedisCache"
#: Adds the first argument to each key, which is kept for as many seconds as the second says.
_COUNT = """
local counted = {}
for place, key in ipairs(KEYS) do
    counted[place] = redis.call("INCRBY", key, ARGV[1])
    redis.call("EXPIRE", key, ARGV[2])
end
return counted
"""
_DIGEST = sha1(_COUNT.encode(), usedforsecurity=False).hexdigest()

_of_thread = local()


def _let_go() -> None:
    """A process and its child share no connection; the thread that forks is the child's only one."""
    _of_thread.__dict__.clear()


os.register_at_fork(after_in_child=_let_go)


@dataclass(frozen=True, slots=True)
class Used:
    """amount: used within this minute, what has just been counted included; 0 when the cache is away. seconds_left:
    until the next minute begins."""

    amount: int
    seconds_left: int

    def refusal(self) -> TooOften:
        message = f"This was asked for too often within a minute. Go on in {self.seconds_left} seconds."
        return TooOften(message, seconds=self.seconds_left)


def use(what: str, amount: int = 1) -> Used:
    """Count `amount` for `what` (a kind and who, such as "rest:" and an id)."""
    return use_all([what], amount)[0]


def use_all(whats: Sequence[str], amount: int = 1) -> list[Used]:
    """Count `amount` for each of `whats`, in one round trip where Redis counts."""
    minute, into = divmod(int(time.time()), WINDOW_SECONDS)
    keys, left = [f"{what}:{minute}" for what in whats], WINDOW_SECONDS - into
    configured = settings.CACHES[DEFAULT_CACHE_ALIAS]
    try:
        if configured["BACKEND"] == _REDIS:
            counted = _counted(configured["LOCATION"], keys, amount)
        else:
            counted = [_count(key, amount) for key in keys]
    except (RedisError, ValueError):  # ValueError: it was thrown out between the two calls
        log.warning("cache unreachable: what is used is not counted")
        return [Used(0, left)] * len(keys)
    return [Used(each, left) for each in counted]


def _count(key: str, amount: int) -> int:
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    return cache.incr(key, amount)


def _counted(address: str, keys: list[str], amount: int) -> list[int]:
    """Counts in the Redis of the cache, whose own client asks three times for each.

    By a connection of this thread's own: the client's pool and retries take longer than Redis does.
    """
    known: dict[str, AbstractConnection] = _of_thread.__dict__
    connection = known.get(address)
    if connection is None:
        connection = known[address] = Redis.from_url(address).connection_pool.get_connection()
    arguments: list[str | int] = [len(keys), *keys, amount, 2 * WINDOW_SECONDS]
    try:
        return _asked(connection, "EVALSHA", _DIGEST, *arguments)
    except (NoScriptError, ConnectionError):
        # Another Redis than before, or it ended the connection meanwhile; that is made anew.
        return _asked(connection, "EVAL", _COUNT, *arguments)


def _asked(connection: AbstractConnection, *command: str | int) -> list[int]:
    connection.send_command(*command)  # type: ignore[no-untyped-call]
    counted: list[int] = connection.read_response()
    return counted
