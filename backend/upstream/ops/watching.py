"""Error reports to Sentry, built from a list of what may leave rather than of what may not.

An event carries types, stack frames with our own source lines, the route and the request's and job's ids. Messages of
exceptions (a database error quotes the row), variables, arguments of log lines, breadcrumbs, headers, bodies, addresses
with their tokens and query strings never leave the process.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Event, Hint

from upstream.core.logs import job_id, request_id

_KEPT = ("event_id", "timestamp", "platform", "level", "logger", "environment", "release", "server_name", "sdk")
_KEPT_OF_FRAME = (
    "filename",
    "abs_path",
    "function",
    "module",
    "lineno",
    "pre_context",
    "context_line",
    "post_context",
    "in_app",
)


def start_sentry(dsn: str, **options: Any) -> None:
    """Send unhandled errors to `dsn`; nothing happens when it is empty. `options` go to the SDK (a transport)."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0.0,
        auto_session_tracking=False,
        before_send=scrubbed,
        # Named, not found: what else the SDK hooks into by itself costs time and tells nothing more.
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(middleware_spans=False, signals_spans=False), CeleryIntegration()],
        **options,
    )


def scrubbed(event: Event, hint: Hint) -> Event:
    """A new event with what may leave, and nothing else."""
    kept: dict[str, Any] = {name: event[name] for name in _KEPT if name in event}  # type: ignore[literal-required]
    if event.get("transaction_info", {}).get("source") in {"route", "task"}:
        kept["transaction"] = event["transaction"]
    # The template of a log line ("%s broke on attempt %d"), without what was put in.
    if message := event.get("logentry", {}).get("message"):
        kept["logentry"] = {"message": message}
    if "exception" in event:
        kept["exception"] = {"values": [_exception(value) for value in event["exception"]["values"]]}
    kept["tags"] = {
        name: value for name, value in (("request_id", request_id.get()), ("job_id", job_id.get())) if value
    }
    return kept  # type: ignore[return-value]


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: value[name] for name in ("type", "module", "mechanism") if name in value}
    kept["value"] = "(message withheld)"
    frames = (value.get("stacktrace") or {}).get("frames", [])
    kept["stacktrace"] = {
        "frames": [{name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames]
    }
    return kept
