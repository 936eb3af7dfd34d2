"""How often a key, a person or an address may ask, counted by the minute in the cache.

When the cache is away nobody is counted and nobody is kept out.
"""

import logging
import time
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from upstream.core.actor import Actor
from upstream.core.addresses import client_address

log = logging.getLogger(__name__)

WINDOW_SECONDS = 60


class Throttle(BaseThrottle):
    scope, of_strangers = "rest", "REST_REQUESTS_A_MINUTE_OF_STRANGERS"

    def allow_request(self, request: Request, view: Any) -> bool:
        actor: Actor | None = cast(Any, request.auth)
        if actor is None:
            who, most = client_address(request._request), getattr(settings, self.of_strangers)
        else:
            who, most = str(actor.service_key_id or actor.user_id), settings.REST_REQUESTS_A_MINUTE
        minute, self._into = divmod(int(time.time()), WINDOW_SECONDS)
        key = f"{self.scope}:{who}:{minute}"
        try:
            cache.add(key, 0, 2 * WINDOW_SECONDS)
            return bool(cache.incr(key) <= most)
        except (RedisError, ValueError):  # ValueError: it was thrown out between the two calls
            log.warning("cache unreachable: requests are not counted")
            return True

    def wait(self) -> float:
        return WINDOW_SECONDS - self._into


class SenderThrottle(Throttle):
    """For addresses that are asked with a signature in place of a credential."""

    scope, of_strangers = "sender", "REST_REQUESTS_A_MINUTE"
