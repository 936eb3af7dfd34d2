"""`manage.py dispose`: removes what an organization need not keep any longer, or all of it. Not to be taken back."""

import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from upstream.accounts.models import Organization
from upstream.audit.models import AuditHead
from upstream.core import clock, scope
from upstream.ops import disposal


class Command(BaseCommand):
    help = (
        "Dispose of an organization's files and claims from before a day, of its old audit trail as well, or of "
        "everything. A run that was cut off is simply started again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--before", type=date.fromisoformat, metavar="YYYY-MM-DD")
        what.add_argument("--everything", action="store_true", help="the organization with all it has")
        parser.add_argument(
            "--audit-trail", action="store_true", help="of the audit trail too; six years at least stay"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask (only with --before)")

    @scope.of_all_organizations()
    def handle(self, *_: Any, before: date | None, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['organization']}.")
        if before is None:
            self._everything(organization)
            return
        if before > clock.today():
            raise CommandError("--before is a day to come.")
        if options["audit_trail"] and before > disposal.latest_for_the_trail():
            raise CommandError(
                f"The audit trail is kept for {disposal.YEARS_OF_THE_TRAIL} years (45 CFR 164.316(b)(2)(i)): with "
                f"--audit-trail, --before must be {disposal.latest_for_the_trail()} or earlier. Nothing was changed."
            )
        for kept in disposal.kept(organization, before):
            if kept.what != "audit events" or options["audit_trail"]:
                self.stdout.write(f"{kept.old:,} of {kept.count:,} {kept.what} are from before {before}")
        if not options["yes"]:
            self._confirm(organization)
        counts = disposal.dispose(organization, before, self._tell)
        if options["audit_trail"]:
            counts["audit events"] = disposal.dispose_of_trail(organization, before, self._tell)
        self.stdout.write("Disposed of " + ", ".join(f"{count:,} {what}" for what, count in counts.items()) + ".")

    def _everything(self, organization: Organization) -> None:
        head = AuditHead.objects.for_organization(organization).first()
        self.stdout.write(f"Everything of {organization.name} is removed, its audit trail too; nothing brings it back.")
        if head is not None:
            self.stdout.write(
                f"Its trail ends with event {head.sequence}, digest {head.digest}: keep that, and an export."
            )
        self._confirm(organization)
        disposal.dispose_of_everything(organization, self._tell)
        self.stdout.write(f"Nothing of {organization.slug} is left.")

    def _confirm(self, organization: Organization) -> None:
        self.stdout.write(f"Type {organization.slug} to go on: ", ending="")
        self.stdout.flush()
        try:
            typed = input()
        except EOFError:
            typed = ""
        if typed.strip() != organization.slug:
            raise CommandError("That is another name. Nothing was changed.")

    _told_at = 0.0

    def _tell(self, what: str, count: int) -> None:
        """At most once a second."""
        if time.monotonic() - self._told_at >= 1:
            self._told_at = time.monotonic()
            self.stdout.write(f"{count:,} {what} disposed of")
