"""Django's `migrate`, as the tables' owner: everything else acts as a role that owns nothing."""

from contextlib import nullcontext
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from upstream.core.postgresql.base import DatabaseWrapper


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        with connection.as_owner() if isinstance(connection, DatabaseWrapper) else nullcontext():
            return super().execute(*args, **options)
