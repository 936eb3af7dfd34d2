"""The first organization of an installation, with its owner; everybody else is added by people."""

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from upstream.accounts import services
from upstream.accounts.models import Organization, User
from upstream.accounts.roles import Role
from upstream.core import scope


class Command(BaseCommand):
    help = "Make an organization and its owner. The password is asked for, or read from UPSTREAM_OWNER_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="the organization's name")
        parser.add_argument("--owner-email", required=True, help="the owner signs in with it")
        parser.add_argument("--owner-name", required=True)

    @scope.of_all_organizations()
    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        email, name = options["owner_email"].strip().lower(), options["name"].strip()
        slug = slugify(name)
        if not slug:
            raise CommandError("--name must have letters or digits.")
        if Organization.objects.filter(slug=slug).exists():
            raise CommandError(f"There is an organization {slug} already.")
        owner = User.objects.filter(email=email).first() or self._new_owner(email, options["owner_name"].strip())
        organization = services.create_organization(name=name, slug=slug)
        system = services.system_actor(organization.pk)
        services.add_member(organization=organization, user=owner, role=Role.OWNER, actor=system)
        self.stdout.write(f"{name} is there; {email} may sign in as its owner.")

    def _new_owner(self, email: str, name: str) -> User:
        password = os.environ.get("UPSTREAM_OWNER_PASSWORD") or getpass.getpass("Password of the owner: ")
        try:
            validate_email(email)
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return User.objects.create_user(email=email, password=password, name=name)
