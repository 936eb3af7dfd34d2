"""Headers of every answer whose view says nothing else: no cache keeps it, no page frames it, nothing in it runs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ANSWERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in ANSWERS.items():
            response.headers.setdefault(name, value)
        return response
