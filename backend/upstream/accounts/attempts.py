"""Counting wrong passwords and codes per account and per address, in the cache.

When the cache is away nobody is counted and nobody is locked out: Argon2 alone still bounds how fast one can guess.
"""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from upstream.accounts import tokens
from upstream.core.errors import TooOften

log = logging.getLogger(__name__)

ATTEMPTS, WINDOW_SECONDS = 10, 900


def _key(who: str) -> str:
    return f"sign-in:{tokens.digest(who)}"


def refusal() -> TooOften:
    return TooOften("Too many attempts. Wait a quarter of an hour and try again.", seconds=WINDOW_SECONDS)


def too_many(*who: str) -> bool:
    """Whether one of these (an e-mail, an address) has used up its attempts."""
    try:
        counts = cache.get_many([_key(one) for one in who])
    except RedisError:
        log.warning("cache unreachable: sign-in attempts are not counted")
        return False
    return any(count >= ATTEMPTS for count in counts.values())


def count_failure(*who: str) -> None:
    try:
        for one in who:
            cache.add(_key(one), 0, WINDOW_SECONDS)
            cache.incr(_key(one))
    except (RedisError, ValueError):  # ValueError: it ran out between the two calls
        log.warning("a failed sign-in was not counted")


def forget(who: str) -> None:
    try:
        cache.delete(_key(who))
    except RedisError:
        log.warning("cache unreachable: sign-in attempts are kept")
