"""Counts every claim again and compares with the daily roll-up; exit status 1 where they differ."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.core import scope


class Command(BaseCommand):
    help = "Prove that the daily roll-up equals the claims, for every organization."

    @scope.of_all_organizations()
    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for organization in Organization.objects.order_by("slug"):
            differences = rollup.recompute(organization.pk)
            wrong += len(differences)
            self.stdout.write(
                f"{organization.slug}: {'exact' if not differences else f'{len(differences)} differences'}"
            )
            for difference in differences[:20]:
                self.stdout.write(f"  {difference}")
        if wrong:
            raise CommandError(f"{wrong} figures of the roll-up differ from the claims.")
