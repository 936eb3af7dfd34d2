"""What every resolver gets: the request, who asks, and a cache that lives as long as the request."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from strawberry.types import Info as StrawberryInfo

from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.gates import Denied


@dataclass(slots=True)
class Context:
    request: HttpRequest
    response: HttpResponse
    actor: Actor | None
    # Fields this actor may not see; looked up by the executor, once for each object.
    denied: Denied
    # Whether the operation only reads, which is known once it is parsed.
    reads: bool = False
    # Whether what it asks for counts within the minute; what runs without anybody waiting is limited by its number.
    counted: bool = True
    cache: dict[str, Any] = field(default_factory=dict)

    def signed_in(self) -> Actor:
        if self.actor is None:
            raise ServiceError(ErrorCode.UNAUTHENTICATED, "Sign in first.")
        return self.actor

    @property
    def organization_id(self) -> UUID:
        return self.signed_in().organization_id


Info: TypeAlias = StrawberryInfo[Context, None]
