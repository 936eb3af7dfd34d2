"""What somebody has used within this minute, counted in the cache.

When the cache is away nothing is counted and nobody is kept out.
"""

import logging
import time
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

from upstream.core.errors import TooOften

log = logging.getLogger(__name__)

WINDOW_SECONDS = 60


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
    minute, into = divmod(int(time.time()), WINDOW_SECONDS)
    key, left = f"{what}:{minute}", WINDOW_SECONDS - into
    try:
        cache.add(key, 0, 2 * WINDOW_SECONDS)
        return Used(cache.incr(key, amount), left)
    except (RedisError, ValueError):  # ValueError: it was thrown out between the two calls
        log.warning("cache unreachable: what is used is not counted")
        return Used(0, left)
