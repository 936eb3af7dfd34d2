"""Health: /health/live says that the process answers, /health/ready that it can do its work."""

from collections.abc import Callable
from functools import lru_cache
from uuid import uuid4

import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from upstream.core.row_security import faults

REDIS_SECONDS = 1.0


class NotReady(Exception):
    """A part that does not work; the message is public and names no address, file or key."""


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; `checks` says "ok" or the reason for each."""
    checks: dict[str, str] = {}
    for name, check in _checks().items():
        try:
            check()
            checks[name] = "ok"
        except NotReady as reason:
            checks[name] = str(reason)
        except Exception as error:  # whatever a driver raises is a reason not to send requests here
            checks[name] = f"unreachable ({type(error).__name__})"
    well = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"status": "ok" if well else "unavailable", "checks": checks}, status=200 if well else 503)


def _checks() -> dict[str, Callable[[], None]]:
    checks = {"database": _database, "migrations": _migrations, "row_security": _row_security, "storage": _storage}
    if settings.REDIS_URL:
        checks["redis"] = _redis
    return checks


def _database() -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    unapplied = _unapplied()
    if unapplied:
        _unapplied.cache_clear()
        raise NotReady(f"{unapplied} not applied: run `manage.py migrate`")


def _row_security() -> None:
    if faults(connection):
        raise NotReady("rows of other organizations could be seen: run `manage.py check --database default`")


@lru_cache(maxsize=1)
def _unapplied() -> int:
    """Number of migrations to run. Zero is remembered: a process never sees new migrations, its successor does."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _storage() -> None:
    name = default_storage.save(f"health/{uuid4().hex}", ContentFile(b"writable"))
    try:
        with default_storage.open(name) as stored:
            if stored.read() != b"writable":
                raise NotReady("what was written does not come back")
    finally:
        default_storage.delete(name)


def _redis() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS, retry=None
    )
    try:
        client.ping()
    finally:
        client.close()
