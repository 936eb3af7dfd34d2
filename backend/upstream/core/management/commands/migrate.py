"""Django's `migrate`, as the tables' owner: everything else acts as a role that owns nothing."""

from contextlib import nullcontext
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, connections
from psycopg.errors import InsufficientPrivilege

from upstream.core.postgresql.base import DatabaseWrapper

NOT_THE_OWNER = (
    "The login {user} may not change these tables. Run `manage.py migrate` with the DATABASE_URL of the login that "
    "owns them; docs/operations.md has how both logins are made."
)


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        try:
            with connection.as_owner() if isinstance(connection, DatabaseWrapper) else nullcontext():
                return super().execute(*args, **options)
        except DatabaseError as error:
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, InsufficientPrivilege):
                cause = cause.__cause__ or cause.__context__
            if cause is None:
                raise
            raise CommandError(NOT_THE_OWNER.format(user=connection.settings_dict["USER"])) from error
