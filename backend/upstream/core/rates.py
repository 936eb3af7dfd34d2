"""What somebody has used within this minute, counted in the cache.

When the cache is away nothing is counted and nobody is kept out.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.cache import DEFAULT_CACHE_ALIAS, cache
from redis import Redis
from redis.exceptions import RedisError

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
            counted = _counter(configured["LOCATION"])(keys, [amount, 2 * WINDOW_SECONDS])
        else:
            counted = [_count(key, amount) for key in keys]
    except (RedisError, ValueError):  # ValueError: it was thrown out between the two calls
        log.warning("cache unreachable: what is used is not counted")
        return [Used(0, left)] * len(keys)
    return [Used(each, left) for each in counted]


def _count(key: str, amount: int) -> int:
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    return cache.incr(key, amount)


@lru_cache(maxsize=4)
def _counter(address: str) -> Callable[[list[str], list[int]], list[int]]:
    """Counts in the Redis of the cache, whose own client asks three times for each."""
    return Redis.from_url(address).register_script(_COUNT)
