"""Prints who may do what, as docs/permissions.md has it."""

from typing import Any

from django.core.management.base import BaseCommand

from upstream.api.permission_matrix import matrix


class Command(BaseCommand):
    help = "Print who may do what: each field and address, for each role."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(matrix())
