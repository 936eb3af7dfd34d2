"""`manage.py retention`: what each organization keeps, and what of it is older than a day; changes nothing."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from upstream.accounts.models import Organization
from upstream.core import scope
from upstream.ops import disposal


class Command(BaseCommand):
    help = "Tell what each organization keeps from before a day (by default six years ago). Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--before", type=date.fromisoformat, metavar="YYYY-MM-DD")

    @scope.of_all_organizations()
    def handle(self, *_: Any, before: date | None, **__: Any) -> None:
        day = before or disposal.latest_for_the_trail()
        for organization in Organization.objects.order_by("slug"):
            self.stdout.write(f"{organization.slug}, before {day}:")
            for kept in disposal.kept(organization, day):
                since = f", the oldest of {kept.oldest}" if kept.oldest else ""
                self.stdout.write(f"  {kept.old:,} of {kept.count:,} {kept.what}{since}")
        self.stdout.write(
            f"The audit trail and what accounts for disclosures stay for {disposal.YEARS_OF_THE_TRAIL} years "
            f"(45 CFR 164.316(b)(2)(i), 164.528): those from before {disposal.latest_for_the_trail()} may go. "
            "Nothing was changed; `manage.py dispose` does it."
        )
