"""`manage.py seed_demo`: two invented organizations with a year of claims each, and the changes to be found in them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from upstream.core import scope
from upstream.ops.demo import seeding


class Command(BaseCommand):
    help = "Set up two invented organizations with a year of claims and planted payer changes. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="remove the demo's organizations first")

    @scope.of_all_organizations()
    def handle(self, *_: Any, fresh: bool, **__: Any) -> None:
        if settings.REAL_DATA_MODE:
            raise CommandError("REAL_DATA_MODE is on: invented claims and a well-known password have no place here.")
        if settings.SETTINGS_MODULE == "upstream.settings.prod":
            raise CommandError("These are production settings: the demo comes with a well-known password.")
        if fresh:
            for name in seeding.remove():
                self.stdout.write(f"Removed {name}.")
        try:
            for seeded in seeding.seed():
                self._tell(seeded)
        except seeding.Unfinished as error:
            raise CommandError(f"{error} Run the command again, or with --fresh to begin anew.") from error
        self.stdout.write(f"\nSign in at {settings.PORTAL_BASE_URL} with the password {seeding.PASSWORD}")
        for email, name, role in seeding.PEOPLE:
            self.stdout.write(f"  {email:<22} {role.label:<10} {name}")

    def _tell(self, seeded: seeding.Seeded) -> None:
        story, name = seeded.story, seeded.organization.name
        if seeded.files_read:
            read = f"{len(seeded.files_read)} files read, {story.claims} claims through {story.end}"
            self.stdout.write(f"{name}: {read}" if seeded.created else f"{name}: finished, {read}")
        else:
            self.stdout.write(f"{name}: already there, nothing to do")
        for change in story.clinic.changes:
            self.stdout.write(f"  planted: {change}")
