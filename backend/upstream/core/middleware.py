"""What surrounds every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from upstream.core import scope


class ScopeMiddleware:
    """A request begins as nobody's, whatever its thread did before, and leaves no scope behind."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with scope.of_nobody():
            return self.get_response(request)
