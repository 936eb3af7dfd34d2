"""Puts everything stored encrypted under the newest key of FIELD_ENCRYPTION_KEY; may run while Upstream does."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from upstream.core import scope
from upstream.ops.rotation import Tally, rotate

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Put patients, rejected rows, secrets and stored files under the newest key, then prove that nothing stands "
        "under an older one. A run that was cut off is simply started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing: only tell what is under older keys")

    @scope.of_all_organizations()
    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            changed = rotate(self._tell, change=True)
            self.stdout.write(f"{changed.older:,} of {changed.looked_at:,} rows and files put under the newest key.")
        left = rotate(self._tell, change=False)
        for each in left.unreadable[:_SHOWN]:
            self.stderr.write(f"No key of the list opens {each}.")
        if left.unreadable:
            raise CommandError(
                f"{len(left.unreadable):,} rows and files are under a key that is not in FIELD_ENCRYPTION_KEY, or "
                "damaged. Put the key they were written with at the end of the list, restart, and run this again."
            )
        if left.older:
            raise CommandError(
                f"{left.older:,} of {left.looked_at:,} rows and files are under an older key. "
                + (
                    "Run this without --check."
                    if options["check"]
                    else "Something still writes with the old list: restart every process, and run this again."
                )
            )
        self.stdout.write(f"All {left.looked_at:,} rows and files are under the newest key: older ones may go.")

    _told_at = 0.0

    def _tell(self, label: str, tally: Tally, total: int) -> None:
        """At most once a second, and at the end of each table."""
        if tally.looked_at < total and time.monotonic() - self._told_at < 1:
            return
        self._told_at = time.monotonic()
        self.stdout.write(f"{label}: {tally.looked_at:,} of {total:,}, {tally.older:,} under older keys")
