"""`python -m benchmarks.api.kept CLAIMS`: a clinic of so many claims in the database, filled where it is empty.

The last line is JSON: a token of its owner, its id, its days, and how many alerts it has.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.api.filling import SLUG, access_token, upload_to_alerts  # noqa: E402
from upstream.accounts.models import Organization  # noqa: E402
from upstream.alerts.models import Alert  # noqa: E402
from upstream.claims import selectors  # noqa: E402
from upstream.claims.models import Claim  # noqa: E402
from upstream.core import clock, scope  # noqa: E402


def main(claims: int) -> dict[str, Any]:
    scope.enter(scope.ALL)
    call_command("migrate", verbosity=0)
    if not Organization.objects.filter(slug=SLUG).exists():
        # Changes that become alerts, a quarter before the end.
        since = str(clock.today() - timedelta(days=90))
        planted = ["--denial-drift", "Farrowgate Health", since, "2", "--payment-stall", "Farrowgate Health", since]
        upload_to_alerts(dict(os.environ), claims, *planted, "1.6")
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    organization = Organization.objects.get(slug=SLUG)
    last_day = selectors.data_through(organization)
    assert last_day is not None
    return {
        "token": access_token(),
        "organization": str(organization.pk),
        "claims": Claim.objects.for_organization(organization).count(),
        "alerts": Alert.objects.for_organization(organization).count(),
        "first_day": str(last_day - timedelta(days=364)),
        "last_day": str(last_day),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
