"""Who asks over REST: a machine by its service key, or a person by an access token."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from upstream.accounts import service_keys, sessions
from upstream.core.actor import Actor


def _credential(request: Request, scheme: str) -> str | None:
    given, _, credential = request.headers.get("Authorization", "").partition(" ")
    return credential.strip() if given.lower() == scheme else None


class ServiceKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key upk_…`: a machine."""

    def authenticate(self, request: Request) -> tuple[None, Actor] | None:
        key = _credential(request, "api-key")
        actor = service_keys.authenticate(key) if key else None
        return (None, actor) if actor else None


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`: a person, by an access token."""

    def authenticate(self, request: Request) -> tuple[None, Actor] | None:
        token = _credential(request, "bearer")
        actor = sessions.authenticate(token) if token else None
        return (None, actor) if actor else None
