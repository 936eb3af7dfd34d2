from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules


def lift_ties_before_migration(*, using: str, **_: Any) -> None:
    from upstream.core.tenancy import lift_ties

    lift_ties(connections[using])


def lay_ties_after_migration(*, using: str, **_: Any) -> None:
    from upstream.core.tenancy import lay_ties

    lay_ties(connections[using])


class CoreConfig(AppConfig):
    name = "upstream.core"

    def ready(self) -> None:
        pre_migrate.connect(lift_ties_before_migration, dispatch_uid="upstream.core.tenancy")
        post_migrate.connect(lay_ties_after_migration, dispatch_uid="upstream.core.tenancy")
        # Every room's tasks.py registers its job handlers and ticks.
        autodiscover_modules("tasks")
