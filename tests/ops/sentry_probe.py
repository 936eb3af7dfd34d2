"""Run by test_watching.py: fails in a request and in a log line, and prints what would have gone to Sentry."""

import json
import logging
import os
import sys
from typing import Any

import django

django.setup()

import sentry_sdk  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.urls import path  # noqa: E402
from sentry_sdk.envelope import Envelope  # noqa: E402
from sentry_sdk.transport import Transport  # noqa: E402

from upstream.ops.watching import start_sentry  # noqa: E402

SECRET = os.environ["CANARY"]
sent: list[str] = []


class Kept(Transport):
    def capture_envelope(self, envelope: Envelope) -> None:
        sent.append(envelope.serialize().decode())


def fails(request: HttpRequest, token: str) -> HttpResponse:
    patient = SECRET  # noqa: F841 - a local variable is one of the ways out
    connection.cursor().execute("SELECT %s", [SECRET])
    sentry_sdk.set_user({"email": SECRET})
    sentry_sdk.set_tag("patient", SECRET)
    sentry_sdk.set_context("patient", {"name": SECRET})
    sentry_sdk.add_breadcrumb(message=SECRET)
    logging.getLogger("upstream.probe").warning("before: %s", SECRET)
    raise ValueError(f"could not read {SECRET} in {request.body!r}")


urlpatterns = [path("downloads/<str:token>/", fails)]


class Quiet(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        pass


def main() -> None:
    if os.environ.get("UNSCRUBBED"):
        sentry_sdk.init(sys.argv[1], transport=Kept, send_default_pii=True)
    else:
        start_sentry(sys.argv[1], **({"transport": Kept} if sys.argv[1] else {}))
    logging.getLogger().handlers = [Quiet()]
    client = Client(raise_request_exception=False)
    with override_settings(ROOT_URLCONF=__name__):
        client.cookies["upstream_refresh"] = SECRET
        client.post(
            f"/downloads/{SECRET}/?name={SECRET}",
            json.dumps({"name": SECRET}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {SECRET}", "X-Request-Id": "request-0001", "User-Agent": SECRET},
        )
    try:
        raise KeyError(SECRET)
    except KeyError:
        logging.getLogger("upstream.core.worker").exception("%s broke on attempt %d", SECRET, 1)
    sentry_sdk.flush()
    answer: dict[str, Any] = {"active": sentry_sdk.get_client().is_active(), "sent": sent}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
