"""For an address that somebody else was given, and for a provider that calls people otherwise than before."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from upstream.accounts.models import SingleSignOnLink, User
from upstream.accounts.services import record_of
from upstream.core import scope


class Command(BaseCommand):
    help = (
        "Have the next sign-in by the identity provider link a person's account anew. Make sure first who that will be."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    @scope.of_all_organizations()
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        if not SingleSignOnLink.objects.filter(user=user).delete()[0]:
            raise CommandError(f"{email} is not linked with an identity provider.")
        record_of(user, "single_sign_on.unlinked")
        self.stdout.write(f"Whoever signs in next with the address {email} at the identity provider is linked with it.")
