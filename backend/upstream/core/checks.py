"""What `manage.py check --database default`, and each migration, says about the database."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from upstream.core.postgresql.base import DatabaseWrapper
from upstream.core.row_security import faults

NOT_SUBJECT = "upstream.E001"
ABOVE = "upstream.W001"


@register(Tags.database)
def row_security(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether what Upstream asks is held to row-level security. The owner, who migrates, has yet to lay it."""
    found: list[CheckMessage] = []
    for connection in (connections[alias] for alias in databases or ()):
        if not isinstance(connection, DatabaseWrapper) or connection.owner:
            continue
        found += [Error(fault, id=NOT_SUBJECT) for fault in faults(connection)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user")
            if cursor.fetchone()[0]:
                hint = "Let Upstream sign in as a role that is neither superuser nor owner; see docs/operations.md."
                found.append(Warning("The database's login could leave row-level security.", hint=hint, id=ABOVE))
    return found
