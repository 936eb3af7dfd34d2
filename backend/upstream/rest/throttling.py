"""How often a key, a person or an address may ask within a minute."""

from typing import Any, cast

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from upstream.core import rates
from upstream.core.actor import Actor
from upstream.core.addresses import client_address


class Throttle(BaseThrottle):
    scope, of_strangers = "rest", "REST_REQUESTS_A_MINUTE_OF_STRANGERS"

    def allow_request(self, request: Request, view: Any) -> bool:
        actor: Actor | None = cast(Any, request.auth)
        if actor is None:
            who, most = client_address(request._request), getattr(settings, self.of_strangers)
        else:
            who, most = str(actor.service_key_id or actor.user_id), settings.REST_REQUESTS_A_MINUTE
        self._used = rates.use(f"{self.scope}:{who}")
        return bool(self._used.amount <= most)

    def wait(self) -> float:
        return self._used.seconds_left


class SenderThrottle(Throttle):
    """For addresses that are asked with a signature in place of a credential."""

    scope, of_strangers = "sender", "REST_REQUESTS_A_MINUTE"
