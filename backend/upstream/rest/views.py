"""What every view of the REST surface does: count, ask for the permission of its method, keep answers out of caches."""

from typing import Any, cast

from django.http.response import HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from upstream.audit import acting
from upstream.core import scope
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.permissions import Permission


class RestView(APIView):
    """`permissions` names the permission of each method the view takes."""

    permissions: dict[str, Permission]
    http_method_names = ["get", "head", "post"]

    @property
    def actor(self) -> Actor:
        """Who asks; for methods whose permission is not PUBLIC."""
        return cast(Actor, self.request.auth)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with acting.acting(None):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # First, so that guessing at credentials is counted too.
        super().check_throttles(request)
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if request.auth is not None:
            scope.enter(self.actor.organization_id)
            acting.enter(self.actor)

    def check_throttles(self, request: Request) -> None:
        """Done already."""

    def check_permissions(self, request: Request) -> None:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in self.permissions:
            raise MethodNotAllowed(method)
        permission = self.permissions[method]
        if permission == Permission.PUBLIC:
            return
        if request.auth is None:
            raise ServiceError(
                ErrorCode.UNAUTHENTICATED,
                "Send a service key (Authorization: Api-Key …) or an access token (Authorization: Bearer …); what was "
                "sent, if anything, is unknown, revoked or expired.",
            )
        self.actor.require(permission)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response
