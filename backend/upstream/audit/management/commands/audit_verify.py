"""Verify the audit chain of every organization; exit status 1 when a link is broken."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from upstream.audit.models import AuditHead
from upstream.audit.services import verify
from upstream.core import scope


class Command(BaseCommand):
    help = "Verify that no audit event was edited, removed or re-ordered."

    @scope.of_all_organizations()
    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for organization_id in AuditHead.unscoped.order_by("organization_id").values_list("organization_id", flat=True):
            breaks = verify(organization_id)
            broken += len(breaks)
            self.stdout.write(f"{organization_id}: {'; '.join(breaks) if breaks else 'whole'}")
        if broken:
            sys.exit(1)
