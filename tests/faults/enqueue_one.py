"""Enqueues one job as a request would, in a process of its own; prints its id and the seconds that took."""

import sys
import time
from uuid import UUID

import django

django.setup()

from faults.work.tasks import KIND  # noqa: E402

from upstream.core import jobs, scope  # noqa: E402

# The first import of Celery is paid once in a server's life, not by a request.
import upstream.celery  # noqa: E402, F401  isort: skip

if __name__ == "__main__":
    began = time.monotonic()
    scope.enter(UUID(sys.argv[1]))
    job = jobs.enqueue(organization_id=UUID(sys.argv[1]), kind=KIND, parameters={"trace": sys.argv[2]})
    sys.stdout.write(f"{job.pk} {time.monotonic() - began:.2f}\n")
