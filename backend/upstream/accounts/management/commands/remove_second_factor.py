"""For a person who has lost authenticator app, passkeys and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from upstream.accounts import enrolment
from upstream.accounts.models import User
from upstream.accounts.services import record_of
from upstream.core import scope


class Command(BaseCommand):
    help = "Let a person sign in by password alone again. Make sure first that it is them who ask."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    @scope.of_all_organizations()
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {email}.")
        if user.second_factor_since is None:
            raise CommandError(f"{email} signs in without a second factor.")
        enrolment.remove_all(user)
        record_of(user, "second_factor.removed")
        self.stdout.write(f"{email} signs in by password alone now, and should set a second factor up again.")
