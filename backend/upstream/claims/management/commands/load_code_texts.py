"""Loads the texts of reason or remark codes that an organization has a licence for."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.claims.code_text_file import MAX_BYTES, too_large
from upstream.claims.code_texts import load_code_texts, remove_code_texts
from upstream.claims.models import ReasonKind
from upstream.core import scope
from upstream.core.errors import ServiceError


class Command(BaseCommand):
    help = (
        "Replace an organization's texts of reason codes (carc) or remark codes (rarc) by those of a file: columns "
        "code and text, set apart by commas or tabs. Nothing is changed while anything in it is wrong."
    )
    # It answers no addresses: it starts without building the GraphQL schema.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", required=True, metavar="SLUG", help="whose licence it is")
        parser.add_argument("--kind", required=True, choices=[kind.value.lower() for kind in ReasonKind])
        given = parser.add_mutually_exclusive_group(required=True)
        given.add_argument("file", nargs="?", type=Path, metavar="FILE")
        given.add_argument("--remove", action="store_true", help="take the texts of this kind away instead")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError("There is no organization with this slug.")
        with scope.of_organization(organization.pk):
            self._replace(organization, options)

    def _replace(self, organization: Organization, options: dict[str, Any]) -> None:
        kind, actor = ReasonKind(options["kind"].upper()), system_actor(organization.pk)
        if options["remove"]:
            replaced = remove_code_texts(actor=actor, kind=kind)
            self.stdout.write(f"{replaced.removed:,} texts of {kind.value} removed.")
            return
        try:
            replaced = load_code_texts(actor=actor, kind=kind, content=_content(options["file"]))
        except ServiceError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{replaced.loaded:,} texts of {kind.value} loaded: {replaced.new:,} new, {replaced.changed:,} changed, "
            f"{replaced.unchanged:,} as before; {replaced.removed:,} removed."
        )


def _content(path: Path) -> bytes:
    """What the file holds, never more than may be loaded."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}. Name a file that is there.") from error
    if len(content) > MAX_BYTES:
        raise too_large()
    return content
