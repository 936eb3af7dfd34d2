from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules


def lift_ties_before_migration(*, using: str, **_: Any) -> None:
    from upstream.core.tenancy import lift_ties

    lift_ties(connections[using])


def lay_belts_after_migration(*, using: str, **_: Any) -> None:
    from upstream.core.row_security import lay_row_security
    from upstream.core.tenancy import lay_ties

    connection = connections[using]
    # `flush` sends the signal as well, and alters no table.
    if getattr(connection, "owner", True):
        lay_ties(connection)
        lay_row_security(connection)


class CoreConfig(AppConfig):
    name = "upstream.core"

    def ready(self) -> None:
        from upstream.core import checks  # noqa: F401 - registers them

        pre_migrate.connect(lift_ties_before_migration, sender=self, dispatch_uid="upstream.core.tenancy")
        # Once for all rooms: by then every table is there.
        post_migrate.connect(lay_belts_after_migration, sender=self, dispatch_uid="upstream.core.tenancy")
        # Every room's tasks.py registers its job handlers and ticks.
        autodiscover_modules("tasks")
